internal import EventletNet

// Version 2: a signature, version and command, family and transport, a length, and as many bytes as
// that says: addresses, and then types, lengths and values.
extension ProxyProtocolHeader {
  static let binarySignature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]
  private static let fixedCount = 16
  private static let unixNameCount = 108

  /// The signature is there.
  static func parseBinary(
    _ bytes: [UInt8], limit: Int
  ) throws(ProxyProtocolError) -> ProxyProtocolHeader? {
    guard bytes.count > 12 else { return nil }
    guard bytes[12] >> 4 == 2 else { throw .unsupportedVersion(bytes[12] >> 4) }
    guard bytes[12] & 15 <= 1 else { throw .unknownCommand(bytes[12] & 15) }
    let isLocal = bytes[12] & 15 == 0
    guard bytes.count > 13 else { return nil }
    let addressCount = addressCount(ofFamily: bytes[13])
    // Of the proxy's own connections all that follows is to be ignored, the family too.
    guard isLocal || addressCount != nil else { throw .unknownFamily(bytes[13]) }
    guard bytes.count >= fixedCount else { return nil }
    let count = fixedCount + number(bytes, at: 14)
    guard count <= limit else { throw .tooLong(byteCount: count, limit: limit) }
    if !isLocal, let addressCount, count < fixedCount + addressCount {
      throw .missingAddresses(byteCount: count)
    }
    guard bytes.count >= count else { return nil }
    // Where the addresses of an unspecified family end, and values begin, nobody can know.
    guard !isLocal, let addressCount, addressCount > 0 else {
      return ProxyProtocolHeader(version: .two, isLocal: isLocal, byteCount: count)
    }
    let values = try values(bytes, from: fixedCount + addressCount, to: count)
    let (source, destination) = try addresses(bytes, family: bytes[13] >> 4)
    return ProxyProtocolHeader(
      version: .two, source: source, destination: destination, values: values, byteCount: count)
  }

  /// nil for a family, or a transport, that there is not.
  private static func addressCount(ofFamily family: UInt8) -> Int? {
    switch family {
    case 0x00: 0
    case 0x11, 0x12: 2 * 4 + 4
    case 0x21, 0x22: 2 * 16 + 4
    case 0x31, 0x32: 2 * unixNameCount
    default: nil
    }
  }

  private static func addresses(
    _ bytes: [UInt8], family: UInt8
  ) throws(ProxyProtocolError) -> (SocketAddress, SocketAddress) {
    if family == 3 {
      let second = fixedCount + unixNameCount
      return (
        try unixAddress(bytes[fixedCount..<second]),
        try unixAddress(bytes[second..<second + unixNameCount])
      )
    }
    let size = family == 1 ? 4 : 16
    let ports = fixedCount + 2 * size
    func address(_ index: Int) -> SocketAddress {
      let start = fixedCount + index * size
      guard let address = IPAddress(bytes: bytes[start..<start + size]) else {
        fatalError("\(size) bytes are an address")
      }
      return SocketAddress(address, port: UInt16(number(bytes, at: ports + 2 * index)))
    }
    return (address(0), address(1))
  }

  /// As in a `sockaddr_un`, whose length is not sent: a path up to a NUL, or a NUL and an abstract
  /// name up to the NULs that fill the rest.
  private static func unixAddress(
    _ field: ArraySlice<UInt8>
  ) throws(ProxyProtocolError) -> SocketAddress {
    guard let last = field.lastIndex(where: { $0 != 0 }) else { return .unnamed }
    let isAbstract = field[field.startIndex] == 0
    let name = isAbstract ? field[...last].dropFirst() : field.prefix { $0 != 0 }
    guard let text = String(validating: name, as: UTF8.self) else { throw .invalidUnixName }
    do throws(AddressError) {
      return isAbstract ? try .abstract(text) : try .unix(text)
    } catch { throw .invalidUnixName }
  }

  // MARK: Values

  private static let checksumType: UInt8 = 0x03

  private static func values(
    _ bytes: [UInt8], from start: Int, to end: Int
  ) throws(ProxyProtocolError) -> [TypeLengthValue] {
    var values: [TypeLengthValue] = []
    var position = start
    while position < end {
      guard end - position >= 3 else { throw .malformedValues }
      let (type, first) = (bytes[position], position + 3)
      let length = number(bytes, at: position + 1)
      guard end - first >= length else { throw .malformedValues }
      let value = Array(bytes[first..<first + length])
      if type == checksumType { try verify(value, at: first, of: bytes[..<end]) }
      values.append(TypeLengthValue(type: type, value: value))
      position = first + length
    }
    return values
  }

  /// The checksum is of the whole header, in which it is zero itself.
  private static func verify(
    _ checksum: [UInt8], at position: Int, of header: ArraySlice<UInt8>
  ) throws(ProxyProtocolError) {
    guard checksum.count == 4 else { throw .malformedValues }
    var header = header
    header.replaceSubrange(position..<position + 4, with: [0, 0, 0, 0])
    let expected = checksum.reduce(0) { $0 << 8 | UInt32($1) }
    guard crc32c(header) == expected else { throw .checksumMismatch }
  }

  /// In the order of the network.
  private static func number(_ bytes: [UInt8], at position: Int) -> Int {
    Int(bytes[position]) << 8 | Int(bytes[position + 1])
  }
}
