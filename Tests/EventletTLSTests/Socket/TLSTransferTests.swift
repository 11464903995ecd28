import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

final class TLSTransferTests: TLSTestCase {
  private func exchange(_ client: TLSSocket, _ server: TLSSocket, _ count: Int) throws {
    let data = Self.pattern(count)
    func receiveAll(_ connection: TLSSocket) throws -> [UInt8] {
      var received: [UInt8] = []
      while received.count < count {
        let more = try connection.receive(upTo: 10_000)
        if more.isEmpty { break }
        received += more
      }
      return received
    }
    let users = [
      spawn { try client.sendAll(data) }, spawn { try server.sendAll(data) },
    ]
    let readers = [spawn { try receiveAll(client) }, spawn { try receiveAll(server) }]
    for user in users { try user.wait() }
    for reader in readers { XCTAssertTrue(try reader.wait() == data) }
  }

  // Eventlet: IO65
  func testBothDirectionsAtOnceByGreenThreadsOfTheirOwn() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let context = try makeClient { $0.maximumVersion = version }
      let (client, server) = try makeConnection(client: context)
      XCTAssertEqual(client.version, version)
      XCTAssertEqual(server.version, version)
      for count in [1, 16_383, 16_384, 16_385, 1 << 20] { try exchange(client, server, count) }
      client.close()
      server.close()
    }
  }

  // Eventlet: IO65, IO74, IO79
  func testBothDirectionsAtOnceWithLittleRoom() throws {
    let (clientSocket, serverSocket) = try makeNarrowSockets()
    let (client, server) = try wrap(clientSocket, serverSocket)
    try exchange(client, server, 300_000)
    client.close()
    server.close()
  }

  // Eventlet: IO70, GM28
  func testDecryptedBytesComeBeforeAnyWait() throws {
    let (client, server) = try makeConnection()
    try client.sendAll("ab")
    XCTAssertEqual(try server.receive(upTo: 1), [97])
    XCTAssertTrue(server.hasBufferedData)
    try assertDoesNotSwitch { XCTAssertEqual(try server.receive(upTo: 1), [98]) }
    XCTAssertFalse(server.hasBufferedData)
    client.close()
    server.close()
  }

  /// A record that was received along with an earlier one is as good as decrypted.
  // Eventlet: IO70
  func testRecordsThatWereReceivedAheadCountAsBuffered() throws {
    let (client, server) = try makeConnection()
    for text in ["one", "two", "three"] { try client.sendAll(text) }
    XCTAssertEqual(try server.receive(upTo: 3), Array("one".utf8))
    XCTAssertTrue(server.hasBufferedData)
    // The kernel knows nothing of them.
    let descriptor = try XCTUnwrap(server.stream as? GreenSocket).fileDescriptor
    XCTAssertFalse(try Hub.current.waitUntilReadable(descriptor, timeout: .seconds(1)))
    XCTAssertEqual(try server.receive(upTo: 100), Array("twothree".utf8))
    XCTAssertFalse(server.hasBufferedData)
    client.close()
    XCTAssertEqual(try server.receive(upTo: 1), [])
    XCTAssertTrue(server.hasBufferedData, "the end is there to be read")
    server.close()
  }

  /// The tickets that a server sends after the handshake are nothing to be received.
  func testTicketsAreNoBufferedData() throws {
    let (client, server) = try makeConnection()
    let reader = spawn { try client.receive(upTo: 100) }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(reader.isFinished)
    XCTAssertFalse(client.hasBufferedData)
    try server.sendAll("data")
    XCTAssertEqual(try reader.wait(), Array("data".utf8))
    client.close()
    server.close()
  }

  func testNothingBufferedBeforeTheHandshake() throws {
    let (client, server) = try makePair()
    XCTAssertFalse(client.hasBufferedData)
    XCTAssertNil(client.version)
    XCTAssertNil(client.cipherSuite)
    XCTAssertFalse(client.isResumed)
    XCTAssertEqual(client.peerCertificates, [])
    client.close()
    server.close()
    XCTAssertTrue(client.hasBufferedData, "a call throws at once")
  }

  // Eventlet: IO79, GM28
  func testLinesComeThroughTheReader() throws {
    let (client, server) = try makeConnection()
    try client.sendAll("first\r\nsecond\nrest")
    XCTAssertEqual(try server.reader.readLine(), "first")
    // Another reader goes on where that one was.
    XCTAssertEqual(try server.reader.readLine(), "second")
    client.close()
    XCTAssertEqual(try server.reader.readLine(), "rest")
    XCTAssertNil(try server.reader.readLine())
    server.close()
  }

  func testReceivingIntoMemory() throws {
    let (client, server) = try makeConnection()
    let data = Self.pattern(40_000)
    try client.sendAll(data)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 50_000, alignment: 16)
    defer { buffer.deallocate() }
    var count = 0
    while count < data.count {
      count += try server.receive(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
    }
    XCTAssertTrue(Array(buffer[..<count]) == data)
    client.close()
    XCTAssertEqual(try server.receive(into: buffer), 0)
    server.close()
  }

  /// With no room, a call waits for something to receive and takes nothing.
  func testReceivingNothingWaitsForData() throws {
    let (client, server) = try makeConnection()
    let waiter = spawn { try server.receive(upTo: 0) }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(waiter.isFinished)
    try client.sendAll("x")
    XCTAssertEqual(try waiter.wait(), [])
    XCTAssertEqual(try server.receive(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)), 0)
    XCTAssertEqual(try server.receive(upTo: 10), [120])
    XCTAssertThrowsError(try server.receive(upTo: 0, timeout: .seconds(1)))
    client.close()
    server.close()
  }

  func testSendingNothingSendsNothing() throws {
    let (client, server) = try makeConnection()
    try client.sendAll([])
    try client.sendAll("x")
    XCTAssertEqual(try server.receive(upTo: 10), [120])
    client.close()
    server.close()
  }

  /// The streams give one byte at a time, or other odd pieces.
  func testEverySplitOfTheRecords() throws {
    for version in [TLSVersion.tls12, .tls13] {
      for size in [1, 2, 3, 5, 6, 7, 100, 1447] {
        let (one, other) = MemoryStream.makePair()
        one.pieceSize = size
        other.pieceSize = size
        let context = try makeClient { $0.maximumVersion = version }
        let (client, server) = try wrap(one, other, client: context)
        try exchange(client, server, 20_000)
        client.close()
        XCTAssertEqual(try server.receive(upTo: 1), [])
        server.close()
        try GreenThread.yield()
      }
    }
  }

  /// All that a client sends, cut in two at every place.
  func testEveryCutOfAStream() throws {
    var cut = 1
    var isWhole = false
    let serverContext = try makeServer()
    let clientContext = try makeClient { $0.resumesSessions = false }
    while !isWhole {
      let (one, other) = MemoryStream.makePair()
      let cutter = CuttingStream(other, at: cut)
      let (client, server) = try wrap(one, cutter, client: clientContext, server: serverContext)
      let echo = spawn {
        let bytes = try server.receive(upTo: 100)
        try server.sendAll(bytes)
      }
      try client.sendAll("hello")
      XCTAssertEqual(try client.receive(upTo: 100), Array("hello".utf8), "\(cut)")
      try echo.wait()
      isWhole = cutter.received <= cut
      client.close()
      server.close()
      try GreenThread.yield()
      // In the header and the beginning of each message each place is another.
      cut += cut < 700 ? 1 : 13
    }
    XCTAssertGreaterThan(cut, 300)
  }

  /// TLS in TLS: any stream will do.
  func testOverAnotherConnectionOfTLS() throws {
    let (client, server) = try makeConnection()
    let (inner, innerServer) = try wrap(client, server)
    try exchange(inner, innerServer, 100_000)
    inner.close()
    XCTAssertEqual(try innerServer.receive(upTo: 1), [])
    innerServer.close()
    for _ in 0..<5 { try GreenThread.yield() }
    XCTAssertThrowsError(try client.sendAll("closed with the inner one"))
  }

  func testTheOtherEndIsNamed() throws {
    let (client, server) = try makeConnection()
    let socket = try XCTUnwrap(client.stream as? GreenSocket)
    XCTAssertEqual(client.description, "TLS to \(try socket.remoteAddress)")
    client.close()
    server.close()
    let (one, _) = MemoryStream.makePair()
    let connection = try makeServer().wrap(one, performsHandshake: false)
    XCTAssertEqual(connection.description, "TLS to memory")
    connection.close()
  }
}

/// Gives what comes up to a place, and what comes behind it, in calls of their own.
private final class CuttingStream: ByteStream {
  private let stream: MemoryStream
  private let place: Int
  private(set) var received = 0

  init(_ stream: MemoryStream, at place: Int) {
    self.stream = stream
    self.place = place
  }

  func receive(upTo count: Int) throws -> [UInt8] {
    let most = received < place ? min(count, place - received) : count
    let bytes = try stream.receive(upTo: most)
    received += bytes.count
    return bytes
  }

  func sendAll(_ bytes: [UInt8]) throws { try stream.sendAll(bytes) }

  func close() { stream.close() }
}
