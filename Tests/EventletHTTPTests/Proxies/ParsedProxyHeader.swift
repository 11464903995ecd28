import EventletHTTP
import Testing

/// What the parser says of the first bytes of something.
enum ParsedProxyHeader: Hashable {
  case needsMore
  case header(ProxyProtocolHeader)
  case error(ProxyProtocolError)

  init(_ bytes: some Sequence<UInt8>, limit: Int = ProxyProtocolHeader.defaultLimit) {
    do throws(ProxyProtocolError) {
      let header = try ProxyProtocolHeader.parse(Array(bytes), limit: limit)
      self = header.map(ParsedProxyHeader.header) ?? .needsMore
    } catch { self = .error(error) }
  }

  /// The answer to all of it, which has to be the same as soon as there is one: however few bytes came
  /// first, and whatever follows.
  static func inPieces(
    _ bytes: [UInt8], limit: Int = ProxyProtocolHeader.defaultLimit,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> (answer: ParsedProxyHeader, needed: Int) {
    let answer = ParsedProxyHeader(bytes, limit: limit)
    var needed = 0
    while needed < bytes.count, ParsedProxyHeader(bytes[..<needed], limit: limit) == .needsMore {
      needed += 1
    }
    for count in needed...bytes.count {
      #expect(
        ParsedProxyHeader(bytes[..<count], limit: limit) == answer, "\(count) bytes",
        sourceLocation: sourceLocation)
    }
    return (answer, needed)
  }
}
