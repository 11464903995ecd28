import EventletHTTP
import EventletNet
import EventletTesting
import Testing

@Suite struct ProxyProtocolBinaryTests {
  static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

  static func header(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
    signature + [command, family] + number(body.count) + body
  }

  static func number(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }

  static func value(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
    [type] + number(value.count) + value
  }

  static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 0x04, 0x01, 0xbb]
  static let ipv6 =
    [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
    + [UInt8](repeating: 0, count: 15) + [1, 0x00, 0x01, 0xff, 0xff]

  static func unixName(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: 108 - bytes.count)
  }

  private func expectHeader(
    _ bytes: [UInt8], limit: Int = ProxyProtocolHeader.defaultLimit,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ProxyProtocolHeader {
    let (answer, needed) = ParsedProxyHeader.inPieces(
      bytes + [0x16, 0x03, 0x01], limit: limit, sourceLocation: sourceLocation)
    guard case .header(let header) = answer else {
      Issue.record("\(answer)", sourceLocation: sourceLocation)
      throw Unexpected()
    }
    #expect(needed == bytes.count, sourceLocation: sourceLocation)
    #expect(header.byteCount == bytes.count, sourceLocation: sourceLocation)
    #expect(header.version == .two, sourceLocation: sourceLocation)
    return header
  }

  private struct Unexpected: Error {}

  @Test(
    arguments: [
      (0x11, ipv4, SocketAddress.ipv4("192.0.2.1", port: 56324), .ipv4("198.51.100.7", port: 443)),
      (0x12, ipv4, .ipv4("192.0.2.1", port: 56324), .ipv4("198.51.100.7", port: 443)),
      (0x21, ipv6, .ipv6("2001:db8::1", port: 1), .ipv6("::1", port: 65535)),
      (0x22, ipv6, .ipv6("2001:db8::1", port: 1), .ipv6("::1", port: 65535)),
    ] as [(UInt8, [UInt8], SocketAddress, SocketAddress)])
  func addressesAreRead(
    family: UInt8, body: [UInt8], source: SocketAddress, destination: SocketAddress
  ) throws {
    let header = try expectHeader(Self.header(0x21, family, body))
    #expect(header.source == source)
    #expect(header.destination == destination)
    #expect(header.values.isEmpty && !header.isLocal)
  }

  @Test func unixNamesAreRead() throws {
    let longest = [UInt8](repeating: UInt8(ascii: "x"), count: 107)
    for (name, address) in try [
      (Array("/run/app.sock".utf8), SocketAddress.unix("/run/app.sock")),
      (longest, .unix(String(repeating: "x", count: 107))),
      ([0] + Array("name".utf8), .abstract("name")),
      (Array("/a\0rest".utf8), .unix("/a")), ([], .unnamed),
    ] {
      for family in [0x31, 0x32] as [UInt8] {
        let header = try expectHeader(
          Self.header(0x21, family, Self.unixName(name) + Self.unixName([0, 1])))
        #expect(header.source == address)
        #expect(header.destination == (try .abstract("\u{1}")))
      }
    }
  }

  @Test func aUnixNameThatCannotBeOneIsAnError() {
    for name in [[UInt8](repeating: 0x61, count: 108), [0xff, 0xfe]] {
      let bytes = Self.header(0x21, 0x31, Self.unixName([]) + Self.unixName(name))
      #expect(ParsedProxyHeader.inPieces(bytes).answer == .error(.invalidUnixName))
    }
  }

  /// The family of a proxy's own connection is to be ignored, whatever it is.
  @Test(arguments: [0x00, 0x11, 0x21, 0x31, 0xff] as [UInt8])
  func aProxyMaySpeakForItself(family: UInt8) throws {
    for body in [[], Self.ipv4, [1, 2, 3], Self.ipv6 + [9]] {
      let header = try expectHeader(Self.header(0x20, family, body))
      #expect(header.isLocal)
      #expect(header.source == nil && header.destination == nil && header.values.isEmpty)
    }
  }

  @Test func aProxyNeedNotTell() throws {
    for body in [[], Self.ipv4, Self.value(4, [0, 0])] {
      let header = try expectHeader(Self.header(0x21, 0x00, body))
      #expect(!header.isLocal && header.source == nil && header.values.isEmpty)
    }
  }

  @Test func valuesAreRead() throws {
    let host = Array("example.org".utf8)
    let body = Self.ipv4 + Self.value(2, host) + Self.value(4, []) + Self.value(2, [1])
    let header = try expectHeader(Self.header(0x21, 0x11, body))
    #expect(header.source == .ipv4("192.0.2.1", port: 56324))
    #expect(header.values.map(\.type) == [2, 4, 2])
    #expect(header.value(ofType: 2) == host)
    #expect(header.value(ofType: 4) == [])
    #expect(header.value(ofType: 1) == nil)
  }

  @Test(
    arguments: [
      [2], [2, 0], [2, 0, 1], [2, 0xff, 0xff, 1, 2], [2, 0, 1, 1, 2], [3, 0, 3, 0, 0, 0],
      [3, 0, 5, 0, 0, 0, 0, 0],
    ] as [[UInt8]])
  func malformedValuesAreAnError(values: [UInt8]) {
    let answer = ParsedProxyHeader.inPieces(Self.header(0x21, 0x11, Self.ipv4 + values)).answer
    #expect(answer == .error(.malformedValues))
  }

  /// The sum was reckoned by another program.
  @Test func theChecksumIsVerified() throws {
    let body =
      Self.ipv4 + Self.value(2, Array("example.org".utf8))
      + Self.value(3, [0x9e, 0xcd, 0x13, 0xae])
    let bytes = Self.header(0x21, 0x11, body)
    let header = try expectHeader(bytes)
    #expect(header.value(ofType: 3) == [0x9e, 0xcd, 0x13, 0xae])
    for place in 16..<28 {
      var damaged = bytes
      damaged[place] ^= 1
      #expect(ParsedProxyHeader.inPieces(damaged).answer == .error(.checksumMismatch), "\(place)")
    }
  }

  // MARK: Errors

  @Test func theFirstWrongByteOfTheSignatureIsTheEnd() {
    for place in 0..<12 {
      var bytes = Self.header(0x21, 0x11, Self.ipv4)
      bytes[place] ^= 0x80
      let (answer, needed) = ParsedProxyHeader.inPieces(bytes)
      #expect(answer == .error(.notAHeader(offset: place)))
      #expect(needed == place + 1)
    }
  }

  @Test func theFirstWrongByteAfterItIsTheEnd() {
    for (command, family, error, expected) in [
      (0x11, 0x11, .unsupportedVersion(1), 13), (0x31, 0x11, .unsupportedVersion(3), 13),
      (0x01, 0x11, .unsupportedVersion(0), 13), (0x22, 0x11, .unknownCommand(2), 13),
      (0x2f, 0x11, .unknownCommand(15), 13), (0x21, 0x01, .unknownFamily(0x01), 14),
      (0x21, 0x10, .unknownFamily(0x10), 14), (0x21, 0x13, .unknownFamily(0x13), 14),
      (0x21, 0x41, .unknownFamily(0x41), 14), (0x21, 0xff, .unknownFamily(0xff), 14),
    ] as [(UInt8, UInt8, ProxyProtocolError, Int)] {
      let (answer, needed) = ParsedProxyHeader.inPieces(Self.header(command, family, Self.ipv4))
      #expect(answer == .error(error))
      #expect(needed == expected)
    }
  }

  @Test func tooFewBytesForTheAddressesAreAnError() {
    for (family, count) in [(0x11, 12), (0x12, 12), (0x21, 36), (0x31, 216)] as [(UInt8, Int)] {
      for length in [0, 1, count - 1] {
        let bytes = Self.header(0x21, family, [UInt8](repeating: 0, count: length))
        let (answer, needed) = ParsedProxyHeader.inPieces(bytes)
        #expect(answer == .error(.missingAddresses(byteCount: 16 + length)))
        #expect(needed == 16)
      }
    }
  }

  @Test func moreThanTheLimitIsAnErrorBeforeItComes() throws {
    let body = Self.ipv4 + Self.value(4, [UInt8](repeating: 0, count: 100))
    let bytes = Self.header(0x21, 0x11, body)
    _ = try expectHeader(bytes, limit: bytes.count)
    let (answer, needed) = ParsedProxyHeader.inPieces(bytes, limit: bytes.count - 1)
    #expect(answer == .error(.tooLong(byteCount: bytes.count, limit: bytes.count - 1)))
    #expect(needed == 16)
    let longest = Self.header(
      0x21, 0x11, Self.ipv4 + Self.value(4, [UInt8](repeating: 0, count: 65535 - 15)))
    #expect(ParsedProxyHeader(longest) == .error(.tooLong(byteCount: 65551, limit: 4096)))
    guard case .header(let header) = ParsedProxyHeader(longest, limit: 65551) else {
      Issue.record("\(ParsedProxyHeader(longest, limit: 65551))")
      return
    }
    #expect(header.byteCount == 65551)
  }

  /// Whatever comes, the answer stays what it was once it is there.
  @Test func anythingIsAnsweredForGood() {
    var random = SplitMix64()
    let seeds = [
      Self.header(0x21, 0x11, Self.ipv4 + Self.value(2, [1, 2, 3])),
      Self.header(0x21, 0x31, Self.unixName([1]) + Self.unixName([0])),
      Self.header(0x20, 0, []), Array("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n".utf8),
      Array("PROXY UNKNOWN\r\n".utf8),
    ]
    for round in 0..<500 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      _ = ParsedProxyHeader.inPieces(bytes)
    }
  }
}
