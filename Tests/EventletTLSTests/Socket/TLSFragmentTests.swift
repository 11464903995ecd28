import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// A message of the handshake's kind that comes after it, in several records (RFC 8446, section
/// 5.1), of which the first alone is here.
final class TLSFragmentTests: TLSTestCase {
  /// Connections whose client has the first record of a ticket.
  private struct Ends {
    let client: TLSSocket
    let server: TLSSocket
    /// What the client has not got.
    let rest: [UInt8]
    /// Where to put it.
    let line: MemoryStream
    let relays: [GreenThread<Void>]

    func end() throws {
      for relay in relays { try relay.kill() }
      client.close()
      server.close()
    }
  }

  private func relay(_ from: MemoryStream, _ to: MemoryStream) -> GreenThread<Void> {
    spawn {
      while case let bytes = try from.receive(upTo: 1 << 20), !bytes.isEmpty {
        try to.sendAll(bytes)
      }
    }
  }

  private func make() throws -> Ends {
    let (clientStream, clientLine) = MemoryStream.makePair()
    let (serverStream, serverLine) = MemoryStream.makePair()
    // So that the ticket, which holds the certificate, is long.
    let own = authority.issue { $0.commonName = String(repeating: "client", count: 10) }
    let (client, server) = try wrap(
      clientStream, serverStream, client: makeClient { $0.identity = own.identity },
      server: makeServer { $0.clientCertificate = .required })
    XCTAssertTrue(Fragments.limit(server, to: 512))
    let up = relay(clientLine, serverLine)
    let shaking = spawn { try server.handshake() }
    let clientShaking = spawn { try client.handshake() }
    while !clientShaking.isFinished {
      try clientLine.sendAll(serverLine.receive(upTo: 1 << 20))
      for _ in 0..<5 { try GreenThread.yield() }
    }
    try clientShaking.wait()
    try shaking.wait()
    let tickets = try serverLine.receive(upTo: 1 << 20)
    let first = 5 + Int(tickets[3]) << 8 + Int(tickets[4])
    XCTAssertGreaterThan(first, 512)
    XCTAssertGreaterThan(tickets.count, first + 100)
    try clientLine.sendAll(Array(tickets[..<first]))
    XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .seconds(1))) { error in
      XCTAssertTrue(error is IOTimeout, "\(error)")
    }
    return Ends(
      client: client, server: server, rest: Array(tickets[first...]), line: clientLine,
      relays: [up, relay(serverLine, clientLine)])
  }

  // Eventlet: IO74
  func testSendingWaitsForTheRest() throws {
    let ends = try make()
    XCTAssertThrowsError(try ends.client.sendAll("y", timeout: .seconds(1))) { error in
      XCTAssertTrue(error is IOTimeout, "\(error)")
    }
    XCTAssertThrowsError(try ends.client.sendAll("y", timeout: .zero))
    // Nothing of it had gone, so there may be more.
    let sender = spawn { try ends.client.sendAll("x") }
    try GreenThread.yield()
    XCTAssertFalse(sender.isFinished)
    try ends.line.sendAll(ends.rest)
    try sender.wait()
    XCTAssertEqual(try ends.server.receive(upTo: 10), Array("x".utf8))
    try ends.end()
  }

  /// Whoever of both receives it.
  // Eventlet: IO74
  func testSendingWhileAnotherReceives() throws {
    for isReaderFirst in [true, false] {
      let ends = try make()
      var reader: GreenThread<[UInt8]>?
      if isReaderFirst { reader = spawn { try ends.client.receive(upTo: 10) } }
      try GreenThread.yield()
      let sender = spawn { try ends.client.sendAll("x") }
      try GreenThread.yield()
      if !isReaderFirst { reader = spawn { try ends.client.receive(upTo: 10) } }
      try GreenThread.yield()
      for byte in ends.rest { try ends.line.sendAll([byte]) }
      try sender.wait()
      XCTAssertEqual(try ends.server.receive(upTo: 10), Array("x".utf8))
      try ends.server.sendAll("answer")
      XCTAssertEqual(try reader?.wait(), Array("answer".utf8))
      try ends.end()
    }
  }

  func testEndingWaitsForTheRest() throws {
    let ends = try make()
    let ending = spawn { try ends.client.endSending() }
    try GreenThread.yield()
    XCTAssertFalse(ending.isFinished)
    try ends.line.sendAll(ends.rest)
    try ending.wait()
    XCTAssertEqual(try ends.server.receive(upTo: 10), [])
    try ends.end()
  }

  func testAnEndInTheMiddleOfAMessage() throws {
    let ends = try make()
    for relay in ends.relays { try relay.kill() }
    ends.line.close()
    assertThrows(.truncated) { try ends.client.sendAll("x") }
    assertThrows(.truncated) { _ = try ends.client.receive(upTo: 1) }
    ends.client.abort()
    ends.server.abort()
  }
}
