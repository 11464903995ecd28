import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// A peer that has everything answered, and does not receive the answers.
final class TLSAnswerTests: TLSTestCase {
  private static let count = 20_000

  /// Asks for new keys before each byte.
  private func flood(_ connection: TLSSocket) throws {
    for _ in 0..<Self.count {
      XCTAssertTrue(KeyUpdate.ask(connection))
      try connection.sendAll([1])
    }
  }

  /// Receives until there is nothing for a second.
  private func receiveWhatComes(_ connection: TLSSocket) throws -> Int {
    var received = 0
    do {
      while received < Self.count {
        received += try connection.receive(upTo: 65536, timeout: .seconds(1)).count
      }
    } catch is IOTimeout {}
    return received
  }

  private func makeNarrowConnection() throws -> (client: TLSSocket, server: TLSSocket) {
    let (clientSocket, serverSocket) = try makeNarrowSockets()
    let (client, server) = try wrap(clientSocket, serverSocket)
    try shakeHands(client, server)
    return (client, server)
  }

  private func discardAll(from connection: TLSSocket) throws -> Int {
    var received = 0
    while case let bytes = try connection.receive(upTo: 65536), !bytes.isEmpty {
      received += bytes.count
    }
    return received
  }

  // Eventlet: IO74
  func testAnswersDoNotPileUp() throws {
    let (client, server) = try makeNarrowConnection()
    let flooding = spawn { try self.flood(server) }
    let received = try receiveWhatComes(client)
    XCTAssertLessThan(received, Self.count)
    XCTAssertLessThan(RecordMemory.size(of: client), 400_000)
    XCTAssertFalse(flooding.isFinished)
    XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .zero)) { error in
      guard case SystemError.wouldBlock = error else { return XCTFail("\(error)") }
    }
    // A kill while it waits to send loses nothing.
    let waiting = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    try waiting.kill()
    // Now the peer receives, and all goes on.
    let reader = spawn { try self.discardAll(from: server) }
    var rest = Self.count - received
    while rest > 0 { rest -= try client.receive(upTo: 65536).count }
    try flooding.wait()
    client.close()
    XCTAssertEqual(try reader.wait(), 0)
    server.close()
  }

  func testAnswersDoNotPileUpBehindASender() throws {
    let (client, server) = try makeNarrowConnection()
    let sender = spawn { try client.sendAll(Self.pattern(300_000)) }
    try GreenThread.yield()
    let flooding = spawn { try self.flood(server) }
    let received = try receiveWhatComes(client)
    XCTAssertLessThan(received, Self.count)
    XCTAssertLessThan(RecordMemory.size(of: client), 400_000)
    XCTAssertFalse(sender.isFinished)
    let reader = spawn { try self.discardAll(from: server) }
    var rest = Self.count - received
    while rest > 0 { rest -= try client.receive(upTo: 65536).count }
    try flooding.wait()
    try sender.wait()
    client.close()
    XCTAssertEqual(try reader.wait(), 300_000)
    server.close()
  }

  /// After an interrupted send there is no way to answer, and receiving goes on.
  func testAnswersAreDroppedAfterAnInterruptedSend() throws {
    let (client, server) = try makeNarrowConnection()
    XCTAssertThrowsError(try client.sendAll(Self.pattern(300_000), timeout: .seconds(1)))
    let flooding = spawn { try self.flood(server) }
    XCTAssertEqual(try receiveWhatComes(client), Self.count)
    XCTAssertLessThan(RecordMemory.size(of: client), 400_000)
    try flooding.wait()
    client.close()
    server.abort()
  }
}
