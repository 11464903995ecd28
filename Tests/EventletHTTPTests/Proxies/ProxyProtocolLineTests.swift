import EventletHTTP
import EventletNet
import Testing

@Suite struct ProxyProtocolLineTests {
  @Test(
    arguments: [
      (
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443",
        SocketAddress.ipv4("192.0.2.1", port: 56324), .ipv4("198.51.100.7", port: 443)
      ),
      (
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535",
        .ipv4("255.255.255.255", port: 65535), .ipv4("255.255.255.255", port: 65535)
      ),
      ("PROXY TCP4 0.0.0.0 0.0.0.0 0 0", .ipv4("0.0.0.0", port: 0), .ipv4("0.0.0.0", port: 0)),
      (
        "PROXY TCP6 2001:DB8::1 ::1 1 2",
        .ipv6("2001:db8::1", port: 1), .ipv6("::1", port: 2)
      ),
      (
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
          + "65535 65535",
        .ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", port: 65535),
        .ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", port: 65535)
      ),
    ] as [(String, SocketAddress, SocketAddress)])
  func aLineNamesBothEnds(
    line: String, source: SocketAddress, destination: SocketAddress
  ) throws {
    let bytes = Array((line + "\r\n").utf8)
    let (answer, needed) = ParsedProxyHeader.inPieces(bytes + Array("GET / HTTP/1.1\r\n".utf8))
    guard case .header(let header) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(needed == bytes.count)
    #expect(header.byteCount == bytes.count)
    #expect(header.version == .one)
    #expect(header.source == source)
    #expect(header.destination == destination)
    #expect(!header.isLocal)
    #expect(header.values.isEmpty)
  }

  @Test(arguments: [
    "PROXY UNKNOWN", "PROXY UNKNOWN ", "PROXY UNKNOWN 1 2 3 4 5 6", "PROXY UNKNOWN \0\u{1b}[2J",
    "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
      + "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535",
  ])
  func nothingIsTakenFromAnUnknownConnection(line: String) {
    let (answer, needed) = ParsedProxyHeader.inPieces(Array((line + "\r\nrest").utf8))
    guard case .header(let header) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(header.source == nil && header.destination == nil && !header.isLocal)
    #expect(needed == line.utf8.count + 2 && header.byteCount == needed)
  }

  /// 107 bytes are the most, with their end.
  @Test func aLineMayBeJustSoLong() {
    let longest = "PROXY UNKNOWN " + String(repeating: "x", count: 91)
    #expect(longest.utf8.count == 105)
    #expect(ParsedProxyHeader(Array((longest + "\r\n").utf8)) != .error(.lineTooLong))
    for text in [longest + "x\r\n", longest + "xx\r\n", longest + "xxx"] {
      let (answer, needed) = ParsedProxyHeader.inPieces(Array(text.utf8))
      #expect(answer == .error(.lineTooLong))
      #expect(needed <= 107)
    }
  }

  @Test(arguments: [
    "PROXY ", "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2", "PROXY TCP", "PROXY tcp4 1.1.1.1 2.2.2.2 1 2",
    "PROXY TCP4", "PROXY TCP4 1.1.1.1 2.2.2.2 1", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3",
    "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 ", "PROXY TCP4  1.1.1.1 2.2.2.2 1 2",
    "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536", "PROXY TCP4 1.1.1.1 2.2.2.2 +1 2",
    "PROXY TCP4 1.1.1.1 2.2.2.2 01 2", "PROXY TCP4 1.1.1.1 2.2.2.2 -1 2",
    "PROXY TCP4 1.1.1.1 2.2.2.2 1 0x2", "PROXY TCP4 1.1.1.1 2.2.2.2 1 00",
    "PROXY TCP4 1.1.1 2.2.2.2 1 2", "PROXY TCP4 1.1.1.01 2.2.2.2 1 2",
    "PROXY TCP4 1.1.1.256 2.2.2.2 1 2", "PROXY TCP4 ::1 ::1 1 2", "PROXY TCP6 1.1.1.1 2.2.2.2 1 2",
    "PROXY TCP6 ::1 fe80::1%lo 1 2", "PROXY TCP6 [::1] ::1 1 2", "PROXY TCP4\t1.1.1.1 2.2.2.2 1 2",
    "PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2", "PROXY UNKNOWNX", "PROXY TCP5 1 2 3 4",
    "PROXY TCP4 １.1.1.1 2.2.2.2 1 2",
  ])
  func anotherLineIsAnError(line: String) {
    let (answer, needed) = ParsedProxyHeader.inPieces(Array((line + "\r\n").utf8))
    #expect(answer == .error(.malformedLine(line)))
    #expect(needed == line.utf8.count + 2)
  }

  @Test(arguments: [
    "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\r\n",
    "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rGET", "PROXY UNKNOWN\nx\r\n",
  ])
  func halfAnEndIsAnError(text: String) {
    guard case .error(.malformedLine(_)) = ParsedProxyHeader.inPieces(Array(text.utf8)).answer
    else {
      Issue.record("\(ParsedProxyHeader(Array(text.utf8)))")
      return
    }
  }

  /// Who speaks another protocol may wait for an answer, and send no more.
  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 0), ("\u{16}\u{3}\u{1}", 0), ("POST / HTTP/1.1\r\n", 1),
    ("PROXIED", 4), ("PROXY\r\n", 5), ("PROXY\tTCP4", 5), ("proxy TCP4", 0), ("\0", 0),
  ])
  func theFirstWrongByteOfTheSignatureIsTheEnd(text: String, offset: Int) {
    let (answer, needed) = ParsedProxyHeader.inPieces(Array(text.utf8))
    #expect(answer == .error(.notAHeader(offset: offset)))
    #expect(needed == offset + 1)
  }

  @Test func nothingIsOfNoVersionYet() { #expect(ParsedProxyHeader([]) == .needsMore) }

  @Test func whatACallerSaysIsHarmlessInMessages() {
    let error = ProxyProtocolError.malformedLine("PROXY \u{1b}[2J'\n")
    #expect("\(error)" == #"PROXY protocol header: malformed line 'PROXY \x1b[2J'\x0a'"#)
  }
}
