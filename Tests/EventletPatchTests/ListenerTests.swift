import CPatchProbe
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// Listeners, which are in non-blocking mode under the hand once a green thread has waited for one.
final class ListenerTests: PatchTestCase {
  /// Waits in a green thread, and accepts one connection.
  private func acceptOne(
    from listener: Int32, at address: sockaddr_in, _ name: String = "", line: UInt = #line
  ) throws {
    let server = spawn { accept(listener, nil, nil) }
    try GreenThread.yield()
    let client = connectTo(address)
    let accepted = try server.wait()
    XCTAssertGreaterThanOrEqual(accepted, 0, name, line: line)
    XCTAssertEqual(fcntl(accepted, F_GETFL) & O_NONBLOCK, 0, name, line: line)
    close(client)
    close(accepted)
  }

  /// The same on a plain OS thread.
  private func acceptOnePlainly(from listener: Int32, at address: sockaddr_in) throws {
    let begun = Flag()
    let server = spawn {
      try ThreadPool.execute { () -> Int32 in
        begun.set()
        return accept(listener, nil, nil)
      }
    }
    try wait { begun.isSet && probe_is_asleep(begun.thread) != 0 }
    let client = connectTo(address)
    let accepted = try server.wait()
    XCTAssertGreaterThanOrEqual(accepted, 0)
    close(client)
    close(accepted)
  }

  func testItLooksBlockingAndIsSoAgain() throws {
    let (listener, address) = makeListener()
    try acceptOne(from: listener, at: address)
    XCTAssertNotEqual(probe_flags_directly(listener) & O_NONBLOCK, 0)
    XCTAssertEqual(fcntl(listener, F_GETFL) & O_NONBLOCK, 0)
    // A plain OS thread waits all the same.
    try acceptOnePlainly(from: listener, at: address)
    MonkeyPatch.uninstall()
    XCTAssertEqual(fcntl(listener, F_GETFL) & O_NONBLOCK, 0)
    XCTAssertEqual(probe_flags_directly(listener) & O_NONBLOCK, 0)
    close(listener)
  }

  /// Each connection is accepted by one, and nobody is held up for it.
  func testHubsThatShareOne() throws {
    let (listener, address) = makeListener()
    let count = 60
    let accepted = Channel<Int32>(capacity: count)
    let hubs = try (0..<3).map { _ in
      try HubThread.start {
        while true {
          let descriptor = accept(listener, nil, nil)
          if descriptor < 0 { return }
          try accepted.send(descriptor)
        }
      }
    }
    var clients: [Int32] = []
    for _ in 0..<count { clients.append(connectTo(address)) }
    var served: Set<Int32> = []
    for _ in 0..<count { served.insert(try XCTUnwrap(try accepted.receive())) }
    XCTAssertEqual(served.count, count)
    for hub in hubs {
      hub.stop()
      _ = try hub.join()
    }
    for descriptor in clients + served + [listener] { close(descriptor) }
  }

  /// The open file is one, and so is its mode.
  func testADuplicateWaitsToo() throws {
    let waysToDuplicate: [(String, (Int32) -> Int32)] = [
      ("dup", { dup($0) }),
      ("dup2", { dup2($0, 500) }),
      ("F_DUPFD", { fcntl($0, F_DUPFD, 500) }),
      ("F_DUPFD_CLOEXEC", { fcntl($0, F_DUPFD_CLOEXEC, 500) }),
    ]
    for (name, duplicate) in waysToDuplicate {
      let (listener, address) = makeListener()
      try acceptOne(from: listener, at: address, name)
      let copy = duplicate(listener)
      XCTAssertGreaterThanOrEqual(copy, 0, name)
      XCTAssertEqual(fcntl(copy, F_GETFL) & O_NONBLOCK, 0, name)
      try acceptOne(from: copy, at: address, name)
      close(listener)
      try acceptOne(from: copy, at: address, name)
      try acceptOnePlainly(from: copy, at: address)
      close(copy)
    }
  }

  func testIoctlMakesItBlocking() throws {
    let (listener, address) = makeListener()
    try acceptOne(from: listener, at: address)
    XCTAssertEqual(probe_set_nonblocking(listener, 0), 0)
    try acceptOne(from: listener, at: address)
    close(listener)
  }

  func testIoctlMakesItNonBlocking() throws {
    let (listener, address) = makeListener()
    try acceptOne(from: listener, at: address)
    XCTAssertEqual(probe_set_nonblocking(listener, 1), 0)
    XCTAssertNotEqual(fcntl(listener, F_GETFL) & O_NONBLOCK, 0)
    let accepted = accept(listener, nil, nil), error = errno
    XCTAssertEqual(accepted, -1)
    XCTAssertEqual(error, EAGAIN)
    // Its owner's wish outlives the patch.
    MonkeyPatch.uninstall()
    XCTAssertNotEqual(probe_flags_directly(listener) & O_NONBLOCK, 0)
    close(listener)
  }

  /// Of what is no listener the mode is left alone.
  func testAnAcceptThatFails() {
    let (here, there) = makeSocketPair()
    XCTAssertEqual(accept(here, nil, nil), -1)
    XCTAssertEqual(probe_flags_directly(here) & O_NONBLOCK, 0)
    close(here)
    close(there)
  }

  func testAPlainThreadThatIsCancelled() throws {
    let (listener, address) = makeListener()
    try acceptOne(from: listener, at: address)
    XCTAssertEqual(probe_cancel_accept(listener), 1)
    close(listener)
  }
}
