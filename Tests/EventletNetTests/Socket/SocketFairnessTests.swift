import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Calls that find what they want let others run all the same.
final class SocketFairnessTests: NetTestCase {
  /// What another green thread sees of `count` while `operation`, which never has to wait, is done
  /// so many times.
  private func countSeenByAnother(_ times: Int, _ operation: () throws -> Void) throws -> Int {
    var count = 0
    let other = spawn { count }
    for _ in 0..<times {
      try operation()
      count += 1
    }
    return try other.wait()
  }

  func testReceivingWithoutAWaitLetsOthersRun() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 500))
    let seen = try countSeenByAnother(500) { _ = try client.receive(upTo: 1) }
    XCTAssertLessThan(seen, 100)
  }

  func testSendingWithoutAWaitLetsOthersRun() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let seen = try countSeenByAnother(500) { try client.sendAll([1]) }
    XCTAssertLessThan(seen, 100)
  }

  // A loop over large pieces takes its time in fewer calls.
  func testReceivingMuchWithoutAWaitLetsOthersRun() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 50 * 8192))
    let seen = try countSeenByAnother(40) { _ = try client.receive(upTo: 8192) }
    XCTAssertLessThan(seen, 10)
  }

  func testAcceptingWithoutAWaitLetsOthersRun() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let clients = try (0..<200).map { _ in try GreenSocket.connect(to: listener.localAddress) }
    let seen = try countSeenByAnother(200) { try listener.accept().socket.close() }
    XCTAssertLessThan(seen, 100)
    for client in clients { client.close() }
  }

  func testLettingOthersRunIsNotForCallsThatMustNotWait() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 500))
    client.timeout = .zero
    try assertDoesNotSwitch { for _ in 0..<500 { _ = try client.receive(upTo: 1) } }
  }

  // Who never waits could not be killed otherwise.
  func testAKillReachesWhoNeverWaits() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 500))
    var received = 0
    let reader = spawn {
      while true {
        _ = try client.receive(upTo: 1)
        received += 1
      }
    }
    try GreenThread.yield()
    try reader.kill()
    XCTAssertLessThan(received, 100)
    // Nothing is lost.
    XCTAssertEqual(try client.receive(upTo: 500, timeout: .zero).count, 500 - received)
  }
}
