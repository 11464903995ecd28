import CAres
import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

@testable import EventletDNS

/// What name servers and those who pretend to be such may send.
final class DNSTransportTests: DNSTestCase {
  private let zone: [WireRecord] = [.a("a.test", "127.0.0.1")]

  private func resolve(_ resolver: DNSResolver) throws -> [IPAddress] {
    try resolver.resolve("a.test", family: .ipv4)
  }

  // Eventlet: DNS38 [!]
  func testATruncatedAnswerIsAskedForAgainByTCP() throws {
    let many = (0..<200).map { WireRecord.a("a.test", IPAddress(bytes: [127, 0, 1, $0]) ?? "::") }
    let server = try makeServer { query in
      [query.isTCP ? query.reply(many) : query.reply(isTruncated: true)]
    }
    XCTAssertEqual(try resolve(makeResolver(server)).count, 200)
    XCTAssertEqual(server.queries.map(\.isTCP), [false, true])
  }

  // Eventlet: DNS36
  func testAnAnswerByTCPMayComeInPieces() throws {
    let server = try makeServer(zone: zone)
    server.sendByTCP = { client, bytes in
      for byte in bytes {
        try client.sendAll([byte])
        try GreenThread.yield()
      }
    }
    let resolver = makeResolver(server) { $0.usesTCP = true }
    XCTAssertEqual(try resolve(resolver), ["127.0.0.1"])
    XCTAssertEqual(server.queries.map(\.isTCP), [true])
  }

  // Eventlet: DNS36
  func testAStreamThatEndsInTheMiddleIsAnError() throws {
    let good = try makeServer(zone: zone)
    for kept in [0, 1, 2, 20] {
      let server = try makeServer(zone: zone)
      server.sendByTCP = { client, bytes in
        try client.sendAll(Array(bytes[..<kept]))
        client.close()
      }
      assertThrows(NameError.self) {
        _ = try resolve(makeResolver(server) { $0.usesTCP = true })
      } check: {
        XCTAssertTrue($0.isTemporary, "\($0)")
      }
      // Another server has it.
      let resolver = makeResolver(server, good) { $0.usesTCP = true }
      XCTAssertEqual(try resolve(resolver), ["127.0.0.1"])
    }
  }

  /// A server may go between the connection and the question, on a network slower than loopback.
  func testSendingToWhoHasGoneIsAnErrorAndNoSignal() throws {
    let before = signal(SIGPIPE, SIG_DFL)
    defer { signal(SIGPIPE, before) }
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends), 0)
    defer { close(ends[0]) }
    close(ends[1])
    let send = try XCTUnwrap(DNSSockets.functions.pointee.asendv)
    var bytes: [UInt8] = [1, 2, 3]
    let (count, error) = bytes.withUnsafeMutableBytes { bytes in
      var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      return (send(ends[0], &part, 1, nil), errno)
    }
    XCTAssertEqual(count, -1)
    XCTAssertEqual(error, EPIPE)
  }

  func testAServerThatHangsUpAtOnce() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let address = try listener.localAddress
    let server = spawn { try listener.accept().socket.close() }
    let resolver = makeResolver {
      $0.usesTCP = true
      $0.servers = [address]
    }
    assertThrows(NameError.self) {
      _ = try resolve(resolver)
    } check: {
      XCTAssertTrue($0.isTemporary, "\($0)")
    }
    try server.wait()
    listener.close()
  }

  func testWithoutServersNobodyCanBeAsked() throws {
    assertThrows(NameError.self) {
      _ = try resolve(makeResolver())
    } check: {
      XCTAssertEqual($0.description, "resolve a.test: there is no name server to ask")
    }
  }

  // Eventlet: DNS33
  func testWhatComesFromElsewhereIsPassedOver() throws {
    var server: DNSTestServer?
    server = try makeServer { [zone] query in
      server?.sendFromElsewhere(
        query.reply([.a("a.test", "127.6.6.6")]), to: query.port)
      try GreenThread.yield()
      return [DNSTestServer.reply(to: query, zone)]
    }
    XCTAssertEqual(try resolve(makeResolver(XCTUnwrap(server))), ["127.0.0.1"])
    server?.answer = { query in
      server?.sendFromElsewhere(query.reply([.a("a.test", "127.6.6.6")]), to: query.port)
      return []
    }
    assertFails(.timedOut) { _ = try resolve(makeResolver(XCTUnwrap(server), milliseconds: 30)) }
    server?.answer = { _ in [] }
    server = nil
  }

  // Eventlet: DNS37
  func testWhatIsNoAnswerToTheQuestionIsPassedOver() throws {
    let forged = WireRecord.a("a.test", "127.6.6.6")
    let wrong: [(String, (WireQuery) -> [UInt8])] = [
      ("identifier", { $0.reply([forged], identifier: $0.identifier &+ 1) }),
      ("question", { $0.reply([forged], question: "b.test") }),
      ("nothing", { _ in [] }),
      ("a byte", { _ in [7] }),
      ("half a header", { Array($0.reply([forged])[..<11]) }),
      ("noise", { _ in (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) } }),
    ]
    for (name, make) in wrong {
      let server = try makeServer { [zone] query in
        [make(query), DNSTestServer.reply(to: query, zone)]
      }
      XCTAssertEqual(try resolve(makeResolver(server)), ["127.0.0.1"], name)
      server.answer = { [make($0)] }
      assertFails(.timedOut) { _ = try resolve(makeResolver(server, milliseconds: 30)) }
    }
  }

  /// Right in their heads, and wrong behind.
  func testABrokenAnswerIsABadResponse() throws {
    let good: (WireQuery) -> [UInt8] = { $0.reply([.a("a.test", "127.0.0.1")]) }
    let broken: [(String, (WireQuery) -> [UInt8])] = [
      ("cut off", { Array(good($0).dropLast()) }),
      (
        "more records than there are",
        { query in
          var bytes = good(query)
          bytes[7] = 9
          return bytes
        }
      ),
      (
        "a name that refers to itself",
        { query in
          let start = query.reply([])
          var bytes = query.reply([])
          bytes[7] = 1
          return bytes + [0xc0, UInt8(start.count)] + [0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]
        }
      ),
      (
        "an address of three bytes",
        { query in
          query.reply([WireRecord(name: "a.test", type: 1, data: [1, 2, 3])])
        }
      ),
      (
        "an address of five bytes",
        { query in
          query.reply([WireRecord(name: "a.test", type: 1, data: [1, 2, 3, 4, 5])])
        }
      ),
      (
        "an alias that is no name",
        { query in
          query.reply(
            [
              WireRecord(name: "a.test", type: 5, data: [7, 97]),
              .a("a.test", "127.0.0.1"),
            ])
        }
      ),
    ]
    for (name, make) in broken {
      let server = try makeServer { [make($0)] }
      let resolver = makeResolver(server)
      for count in 1...2 {
        assertFails(.badResponse) { _ = try resolve(resolver) }
        // It was not kept.
        XCTAssertEqual(server.queries.count, count, name)
      }
      XCTAssertEqual(resolver.cachedCount, 0)
      server.answer = { [good($0)] }
      XCTAssertEqual(try resolve(resolver), ["127.0.0.1"], name)
    }
  }

  // Eventlet: DNS38 [!]
  func testEachQuestionHasARandomIdentifierAndAPortOfItsOwn() throws {
    let server = try makeServer { [$0.reply(code: 3)] }
    let resolver = makeResolver(server)
    for number in 0..<40 {
      assertFails(.notFound) { _ = try resolver.resolve("host\(number).test", family: .ipv4) }
    }
    let identifiers = server.queries.map(\.identifier)
    XCTAssertEqual(identifiers.count, 40)
    // Of 65,536: some may be equal, and none may follow from the one before.
    XCTAssertGreaterThan(Set(identifiers).count, 30)
    XCTAssertGreaterThan(Set(zip(identifiers, identifiers.dropFirst()).map { $1 &- $0 }).count, 30)
    XCTAssertGreaterThan(Set(server.queries.map(\.port)).count, 20)
  }

  /// RFC 6891, section 7: a server that does not know of extensions.
  func testAServerThatDoesNotKnowOfExtensions() throws {
    let server = try makeServer { [zone] query in
      [query.hasExtension ? query.reply(code: 1) : DNSTestServer.reply(to: query, zone)]
    }
    XCTAssertEqual(try resolve(makeResolver(server)), ["127.0.0.1"])
    XCTAssertEqual(server.queries.map(\.hasExtension), [true, false])
  }

  func testServersOfIPv6() throws {
    let listener: GreenSocket
    do { listener = try GreenSocket.listen(on: .ipv6("::1", port: 0)) } catch {
      throw XCTSkip("no IPv6 here: \(error)")
    }
    let address = try listener.localAddress
    let server = spawn { [zone] in
      try serve(listener) { client, peer in
        let size = try client.reader.read(exactly: 2)
        let bytes = try client.reader.read(exactly: Int(size[1]))
        let query = WireQuery(bytes, isTCP: true, port: peer.port)
        let reply = DNSTestServer.reply(to: query, zone)
        try client.sendAll(WireRecord.bytes(UInt16(reply.count)) + reply)
        throw StopServing()
      }
    }
    let resolver = makeResolver {
      $0.usesTCP = true
      $0.servers = [address]
    }
    XCTAssertEqual(try resolve(resolver), ["127.0.0.1"])
    try server.wait()
    listener.close()
  }
}
