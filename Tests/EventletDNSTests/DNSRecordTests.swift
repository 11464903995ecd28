import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletDNS

final class DNSRecordTests: DNSTestCase {
  private func query<Value>(
    _ type: DNSRecordType<Value>, _ data: [UInt8]...
  ) throws -> [Value] {
    let zone = data.map { WireRecord(name: "a.test", type: type.code, data: $0) }
    let server = try makeServer(zone: zone)
    return try makeResolver(server).query(type, "A.Test.").map(\.value)
  }

  private func encode(_ name: String) -> [UInt8] { WireRecord.encode(name) }

  func testAddresses() throws {
    XCTAssertEqual(try query(.a, [127, 0, 0, 1], [127, 0, 0, 2]), ["127.0.0.1", "127.0.0.2"])
    XCTAssertEqual(try query(.aaaa, IPAddress("2001:db8::1").bytes), ["2001:db8::1"])
  }

  // Eventlet: DNS6
  func testNames() throws {
    XCTAssertEqual(try query(.cname, encode("b.test")), ["b.test"])
    XCTAssertEqual(
      try query(.ns, encode("ns1.test"), encode("ns2.test")), ["ns1.test", "ns2.test"])
    XCTAssertEqual(try query(.ptr, encode("host.test")), ["host.test"])
    // A label that has dots and other bytes in it.
    XCTAssertEqual(try query(.ns, [5, 97, 46, 92, 0, 255, 1, 98, 0]), ["a\\.\\\\\\000\\255.b"])
  }

  func testMailExchanges() throws {
    XCTAssertEqual(
      try query(.mx, [0, 10] + encode("mail.test"), [1, 0] + encode("")),
      [MXRecord(preference: 10, host: "mail.test"), MXRecord(preference: 256, host: "")])
  }

  func testText() throws {
    let records = try query(.txt, [3, 97, 98, 99, 1, 100], [0], [2, 0xff, 0x31])
    XCTAssertEqual(records.map(\.strings), [[[97, 98, 99], [100]], [[]], [[0xff, 0x31]]])
    XCTAssertEqual(records.map(\.text), ["abcd", "", "\u{fffd}1"])
  }

  func testServices() throws {
    XCTAssertEqual(
      try query(.srv, [0, 1, 0, 2, 31, 144] + encode("host.test")),
      [SRVRecord(priority: 1, weight: 2, port: 8080, target: "host.test")])
  }

  func testStartsOfZones() throws {
    let numbers = (1...5).flatMap { WireRecord.bytes(UInt32($0)) }
    XCTAssertEqual(
      try query(.soa, encode("ns.test") + encode("admin.test") + numbers),
      [
        SOARecord(
          primary: "ns.test", mailbox: "admin.test", serial: 1, refresh: 2, retry: 3, expire: 4,
          minimum: 5)
      ])
  }

  func testOtherTypes() throws {
    XCTAssertEqual(try query(.other(257), [0, 5, 1, 2, 3]), [[0, 5, 1, 2, 3]])
  }

  func testARecordSaysWhoseItIsAndHowLongItHolds() throws {
    let server = try makeServer(zone: [
      .name("www.test", 5, "a.test"), .a("a.test", "127.0.0.1", lifetime: 17),
    ])
    let record = try XCTUnwrap(makeResolver(server).query(.a, "www.test").first)
    XCTAssertEqual(record.name, "a.test")
    XCTAssertLessThanOrEqual(record.lifetime, .seconds(17))
    XCTAssertGreaterThan(record.lifetime, .seconds(10))
  }

  // MARK: Names that are compressed

  private func name(_ bytes: [UInt8], at position: Int) throws -> String {
    var reader = DNSMessageReader(bytes)
    _ = try reader.readBytes(position)
    return try reader.readName()
  }

  func testCompressedNames() throws {
    let bytes: [UInt8] = [1, 97, 1, 98, 0, 1, 99, 0xc0, 0, 0xc0, 5, 0xc0, 2]
    XCTAssertEqual(try name(bytes, at: 0), "a.b")
    XCTAssertEqual(try name(bytes, at: 5), "c.a.b")
    XCTAssertEqual(try name(bytes, at: 9), "c.a.b")
    XCTAssertEqual(try name(bytes, at: 11), "b")
    for (broken, position) in [
      ([0xc0, 0], 0), ([0xc0, 2, 0xc0, 0], 2), ([1, 97, 0xc0, 0], 0), ([1, 97, 0xc0, 0], 2),
      ([0xc0, 9, 0], 0), ([0xc0], 0), ([5, 97], 0), ([0x40, 0], 0), ([0x80, 0], 0), ([], 0),
      ([1, 97], 0),
    ] as [([UInt8], Int)] {
      XCTAssertThrowsError(try name(broken, at: position), "\(broken)")
    }
  }

  func testNamesOfTooManyReferences() throws {
    // Each refers to the one before.
    var bytes: [UInt8] = [1, 97, 0, 0xc0, 0]
    for number in 0..<127 { bytes += WireRecord.bytes(UInt16(0xc000 + 3 + 2 * number)) }
    XCTAssertEqual(try name(bytes, at: 3 + 2 * 126), "a")
    XCTAssertThrowsError(try name(bytes, at: 3 + 2 * 127))
  }

  func testNamesThatAreTooLong() throws {
    let label: [UInt8] = [63] + [UInt8](repeating: 97, count: 63)
    let longest = label + label + label + [61] + [UInt8](repeating: 97, count: 61) + [0]
    XCTAssertEqual(longest.count, 255)
    XCTAssertEqual(try name(longest, at: 0).utf8.count, 253)
    XCTAssertThrowsError(try name(label + label + label + label + [0], at: 0))
  }

  func testTheDataOfEachTypeIsChecked() throws {
    let name = encode("a.test")
    for (type, data) in [
      (1, [1, 2, 3, 4]), (2, name), (5, name), (6, name + name + [UInt8](repeating: 0, count: 20)),
      (12, name), (15, [0, 1] + name), (16, [2, 97, 98]), (28, [UInt8](repeating: 0, count: 16)),
      (33, [0, 1, 0, 2, 0, 3] + name), (257, [1]),
    ] as [(UInt16, [UInt8])] {
      func isWellFormed(_ data: [UInt8]) throws -> Bool {
        let query = WireQuery(
          [UInt8](repeating: 0, count: 12) + name + [0, 1, 0, 1], isTCP: false, port: 1)
        let reply = query.reply([WireRecord(name: "a.test", type: type, data: data)])
        return try XCTUnwrap(DNSMessage(parsing: reply).answers.first).isWellFormed
      }
      XCTAssertTrue(try isWellFormed(data), "\(type)")
      XCTAssertEqual(try isWellFormed(data + [7]), type == 257, "\(type)")
      XCTAssertEqual(try isWellFormed(data.dropLast()), type == 257, "\(type)")
    }
  }

  /// No bytes lead out of the message, or to a computation without end.
  func testAnyBytesAreReadOrRefused() throws {
    var generator = SystemRandomNumberGenerator()
    let query = WireQuery(
      [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + encode("a.test") + [0, 1, 0, 1], isTCP: false, port: 1)
    let whole = query.reply(
      [.name("a.test", 5, "b.test"), .a("b.test", "127.0.0.1")],
      authorities: [.name("test", 2, "ns.test")])
    XCTAssertEqual(try DNSMessage(parsing: whole).answers.count, 2)
    for count in 0..<whole.count {
      XCTAssertThrowsError(try DNSMessage(parsing: Array(whole[..<count])), "\(count)")
    }
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      guard let message = try? DNSMessage(parsing: bytes) else { continue }
      let question = DNSQuestion(name: "a.test", type: 1)
      let answer = DNSAnswer(message, to: question, nil, at: 0)
      _ = try? answer.records(of: .a, for: "a.test", at: 0)
    }
  }
}

/// The programs of the module's page.
final class DNSArticleTests: DNSTestCase {
  func testTheHubsResolver() throws {
    Hub.current.resolver = DNSResolver()
    XCTAssertTrue(Hub.current.resolver is DNSResolver)
  }

  func testMailExchanges() throws {
    let data = [0, 10] + WireRecord.encode("mail.example.test")
    let server = try makeServer(zone: [WireRecord(name: "example.test", type: 15, data: data)])
    let resolver = makeResolver(server)
    let exchanges = try resolver.query(.mx, "example.test")
    for exchange in exchanges.sorted(by: { $0.value.preference < $1.value.preference }) {
      print("\(exchange.value.host), for \(exchange.lifetime)")
    }
    XCTAssertEqual(exchanges.map(\.value.host), ["mail.example.test"])
  }
}
