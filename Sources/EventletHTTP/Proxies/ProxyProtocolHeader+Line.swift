internal import EventletNet

// Version 1: "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443" and CR LF.
extension ProxyProtocolHeader {
  static let lineSignature = Array("PROXY ".utf8)
  /// With its end.
  static let longestLine = 107

  /// The signature is there.
  static func parseLine(_ bytes: [UInt8]) throws(ProxyProtocolError) -> ProxyProtocolHeader? {
    let most = bytes.prefix(longestLine)
    let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") }
    guard let end = most.firstIndex(where: isEnd) else {
      if most.count == longestLine { throw .lineTooLong }
      return nil
    }
    let line = String(decoding: bytes[..<end], as: UTF8.self)
    // Neither of the two may stand alone: another reader of the same bytes would end the line
    // elsewhere.
    guard bytes[end] == UInt8(ascii: "\r") else { throw .malformedLine(line) }
    guard end + 1 < longestLine else { throw .lineTooLong }
    guard end + 1 < bytes.count else { return nil }
    guard bytes[end + 1] == UInt8(ascii: "\n") else { throw .malformedLine(line) }

    let words = line.split(separator: " ", omittingEmptySubsequences: false).dropFirst()
    let family: IPAddress.Family
    switch words.first {
    // What follows is to be ignored.
    case "UNKNOWN": return ProxyProtocolHeader(version: .one, byteCount: end + 2)
    case "TCP4": family = .ipv4
    case "TCP6": family = .ipv6
    default: throw .malformedLine(line)
    }
    let parts = Array(words.dropFirst())
    guard parts.count == 4, let source = address(family, parts[0], port: parts[2]),
      let destination = address(family, parts[1], port: parts[3])
    else { throw .malformedLine(line) }
    return ProxyProtocolHeader(
      version: .one, source: source, destination: destination, byteCount: end + 2)
  }

  private static func address(
    _ family: IPAddress.Family, _ host: Substring, port: Substring
  ) -> SocketAddress? {
    // An interface of this machine is nothing that another knows of.
    guard !host.utf8.contains(UInt8(ascii: "%")), let address = IPAddress(parsing: String(host)),
      address.family == family, let port = DecimalPort(port, allowsLeadingZeros: false)
    else { return nil }
    return SocketAddress(address, port: port.number)
  }
}
