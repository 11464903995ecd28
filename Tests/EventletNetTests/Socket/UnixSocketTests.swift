import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Stream sockets of the Unix domain.
final class UnixSocketTests: NetTestCase {
  private var directory = ""

  override func setUp() {
    super.setUp()
    var template = Array("/tmp/eventlet-XXXXXX".utf8CString)
    mkdtemp(&template)
    directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
  }

  override func tearDown() {
    rmdir(directory)
    super.tearDown()
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private func exchange(at address: SocketAddress) throws -> (SocketAddress, String) {
    let client = try GreenSocket.connect(to: address)
    defer { client.close() }
    try client.sendAll("hello\n")
    return (try client.remoteAddress, try client.reader.readLine() ?? "")
  }

  // Eventlet: IO22
  func testClientsComeByPathAndByAbstractName() throws {
    let names = try [
      SocketAddress.unix("\(directory)/s"), .abstract("eventlet-test-\(getpid())"),
      .abstract("eventlet\0test-\(getpid())"),
    ]
    for address in names {
      let listener = try GreenSocket.listen(on: address)
      XCTAssertEqual(try listener.localAddress, address)
      let server = spawn {
        try serve(listener) { client, sender in
          XCTAssertEqual(sender, .unnamed)
          XCTAssertEqual(try client.localAddress, address)
          XCTAssertEqual(client.description, "socket descriptor \(client.fileDescriptor)")
          while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
        }
      }
      let (peer, answer) = try exchange(at: address)
      XCTAssertEqual(peer, address)
      XCTAssertEqual(answer, "hello")
      try server.kill()
      listener.close()
    }
  }

  func testTheFileGoesWithTheListenerUnlessItIsToStay() throws {
    let path = "\(directory)/s"
    try GreenSocket.listen(on: .unix(path)).close()
    XCTAssertFalse(exists(path))
    do { _ = try GreenSocket.listen(on: .unix(path)) }
    XCTAssertFalse(exists(path), "dropped")
    try GreenSocket.listen(on: .unix(path), socketFile: []).close()
    XCTAssertTrue(exists(path))
    unlink(path)
    let released = try GreenSocket.listen(on: .unix(path)).release()
    XCTAssertTrue(exists(path), "released")
    Glibc.close(released)
    unlink(path)
  }

  func testAFileThatAnotherHasPutThereStays() throws {
    let path = "\(directory)/s"
    let first = try GreenSocket.listen(on: .unix(path))
    unlink(path)
    let second = try GreenSocket.listen(on: .unix(path))
    first.close()
    XCTAssertTrue(exists(path))
    second.close()
    XCTAssertFalse(exists(path))
  }

  func testAForkedChildRemovesNothing() throws {
    try XCTSkipIf(Sanitizer.isThread, "it follows no child of several OS threads")
    let path = "\(directory)/s"
    let listener = try GreenSocket.listen(on: .unix(path))
    defer { listener.close() }
    try ForkedChild.run {
      listener.close()
      return true
    }
    XCTAssertTrue(exists(path))
  }

  func testAStaleFileIsReplacedOnlyIfAskedFor() throws {
    let path = "\(directory)/s"
    let address = try SocketAddress.unix(path)
    try GreenSocket.listen(on: address, socketFile: []).close()
    assertThrows(SystemError.self) {
      _ = try GreenSocket.listen(on: address)
    } check: {
      XCTAssertEqual($0.description, "bind unix:\(path): address already in use (EADDRINUSE)")
    }
    let listener = try GreenSocket.listen(on: address, socketFile: [.replaceStale, .removeAtClose])
    defer { listener.close() }
    let client = try GreenSocket.connect(to: address)
    client.close()
  }

  func testWhatSomebodyUsesIsNotReplaced() throws {
    let path = "\(directory)/s"
    let address = try SocketAddress.unix(path)
    func assertInUse() {
      assertThrows(SystemError.self) {
        _ = try GreenSocket.listen(on: address, socketFile: .replaceStale)
      } check: {
        XCTAssertEqual($0.errno, EADDRINUSE)
      }
      XCTAssertTrue(exists(path))
    }
    let listener = try GreenSocket.listen(on: address, backlog: 0)
    assertInUse()
    // Its line of clients is full now, of who asked.
    assertInUse()
    listener.close()

    let messages = try GreenDatagramSocket.bound(to: address)
    assertInUse()
    messages.close()
    unlink(path)

    Glibc.close(open(path, O_CREAT | O_WRONLY, 0o600))
    assertInUse()
    unlink(path)
  }

  func testALockOfTheDirectoryIsWaitedForAndNeededOnlyToReplace() throws {
    let path = "\(directory)/s"
    let address = try SocketAddress.unix(path)
    let lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { Glibc.close(lock) }
    XCTAssertEqual(flock(lock, LOCK_EX), 0)
    func listen() throws -> GreenSocket {
      try GreenSocket.listen(on: address, socketFile: [.replaceStale, .removeAtClose])
    }
    // Nothing to replace.
    try listen().close()
    XCTAssertEqual(clock.elapsed, .milliseconds(9))
    XCTAssertFalse(exists(path))

    try GreenSocket.listen(on: address, socketFile: []).close()
    assertThrows(SystemError.self) {
      _ = try listen()
    } check: {
      XCTAssertEqual($0.errno, EADDRINUSE)
    }
    XCTAssertTrue(exists(path))
    let killed = spawn { try listen() }
    try GreenThread.yield()
    try killed.kill()
    let patient = spawn { try listen() }
    try GreenThread.sleep(for: .milliseconds(5))
    XCTAssertFalse(patient.isFinished)
    XCTAssertEqual(flock(lock, LOCK_UN), 0)
    try patient.wait().close()
    XCTAssertFalse(exists(path))
  }

  func testErrorsSayWhatIsWrong() throws {
    let path = "\(directory)/nobody"
    assertThrows(SystemError.self) {
      _ = try GreenSocket.connect(to: .unix(path))
    } check: {
      XCTAssertEqual($0.errno, ENOENT)
      XCTAssert($0.description.hasPrefix("connect to unix:\(path): "), $0.description)
    }
    assertThrows(SystemError.self) {
      _ = try GreenSocket.listen(on: .unix("\(directory)/none/s"), socketFile: .replaceStale)
    } check: {
      XCTAssertEqual($0.errno, ENOENT)
    }
  }

  // The kernel never tells when a full line of clients has room again.
  func testConnectingWaitsWhileTheLineOfClientsIsFull() throws {
    let address = try SocketAddress.unix("\(directory)/s")
    let listener = try GreenSocket.listen(on: address, backlog: 0)
    defer { listener.close() }
    let first = try GreenSocket.connect(to: address)
    defer { first.close() }
    for means in Interruption.allCases {
      let before = HubHoldings()
      let victim = means.spawnVictim { _ = try GreenSocket.connect(to: address, timeout: $0) }
      try GreenThread.sleep(for: .milliseconds(100))
      XCTAssertFalse(victim.isFinished)
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(1)) }
      XCTAssertTrue(victim.isFinished)
      XCTAssertThrowsError(try victim.wait()) { error in
        switch means {
        case .kill: XCTAssertTrue(error is GreenThreadExit, "\(error)")
        case .scope: XCTAssertTrue(error is Timeout, "\(error)")
        case .own:
          XCTAssertEqual("\(error)", "connect to unix:\(directory)/s: timed out")
        }
      }
      XCTAssertEqual(HubHoldings(), before)
    }
    let second = spawn { try GreenSocket.connect(to: address) }
    try GreenThread.sleep(for: .seconds(5))
    try listener.accept().socket.close()
    try second.wait().close()
  }

  func testSeveralHubsServeOneSocket() throws {
    for address in try [SocketAddress.unix("\(directory)/s"), .abstract("eventlet-\(getpid())")] {
      let server = try HubServer.start(
        on: address, hubs: 3, socketFile: [.replaceStale, .removeAtClose]
      ) { client, _ in
        while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
      }
      XCTAssertEqual(server.address, address)
      for _ in 0..<20 { XCTAssertEqual(try exchange(at: address).1, "hello") }
      server.stop()
      try server.wait()
      if let path = address.path { XCTAssertFalse(exists(path)) }
    }
  }

  // Eventlet: IO35, IO39
  func testAPairIsConnectedAndNonBlocking() throws {
    let (first, second) = try GreenSocket.pair()
    defer { first.close(); second.close() }
    for socket in [first, second] {
      XCTAssertNotEqual(fcntl(socket.fileDescriptor, F_GETFL) & O_NONBLOCK, 0)
      XCTAssertNotEqual(fcntl(socket.fileDescriptor, F_GETFD) & FD_CLOEXEC, 0)
      XCTAssertEqual(try socket.remoteAddress, .unnamed)
    }
    let data = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let received = spawn { () -> [UInt8] in
      var received: [UInt8] = []
      while case let more = try second.receive(upTo: 1 << 16), !more.isEmpty { received += more }
      return received
    }
    try first.sendAll(data)
    try first.shutdown(.writing)
    XCTAssertTrue(try received.wait() == data)
  }

  func testThePeersCredentialsComeFromTheKernel() throws {
    let (first, second) = try GreenSocket.pair()
    defer { first.close(); second.close() }
    let credentials = try first.peerCredentials
    XCTAssertEqual(credentials.processID, getpid())
    XCTAssertEqual(credentials.userID, getuid())
    XCTAssertEqual(credentials.groupID, getgid())
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    assertThrows(SystemError.self) {
      _ = try client.peerCredentials
    } check: {
      XCTAssertEqual($0.errno, ENOPROTOOPT)
    }
  }
}
