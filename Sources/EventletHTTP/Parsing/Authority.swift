internal import EventletNet

/// A host and perhaps a port, as in `Host` (RFC 9110, 7.2; RFC 3986, 3.2).
///
/// The name of a user has no place in it (RFC 9110, 4.2.4).
enum Authority {
  /// What follows the host.
  enum Port: Equatable {
    case none
    /// A colon alone.
    case empty
    case number(Int)
  }

  /// Whether it is an authority, or empty: a `Host` of a target without one is.
  static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
    text.isEmpty || port(of: text) != nil
  }

  /// The port of an authority; nil if it is none.
  static func port(of text: UnsafeRawBufferPointer) -> Port? {
    guard let first = text.first else { return nil }
    let end = first == UInt8(ascii: "[") ? endOfAddress(in: text) : endOfName(in: text)
    guard let end else { return nil }
    if end == text.count { return Port.none }
    guard text[end] == ByteClass.colon else { return nil }
    return port(in: text, from: end + 1)
  }

  /// Where a name or an address of IPv4 ends: `reg-name`, which must not be empty in HTTP.
  @inline(__always)
  private static func endOfName(in text: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    while position < text.count {
      if ByteClass.isInHostName(text[position]) {
        position += 1
      } else if text[position] == UInt8(ascii: "%") {
        guard position + 2 < text.count, ByteClass.hexadecimalValue(text[position + 1]) != nil,
          ByteClass.hexadecimalValue(text[position + 2]) != nil
        else { return nil }
        position += 3
      } else {
        break
      }
    }
    return position > 0 ? position : nil
  }

  /// Where an address of IPv6 in brackets ends.
  ///
  /// It has no zone, which would be one of another machine (RFC 9844 has taken them out of URIs);
  /// and nothing of the future, for nobody knows what it means (RFC 3986, 3.2.2).
  private static func endOfAddress(in text: UnsafeRawBufferPointer) -> Int? {
    guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
    let address = text[1..<end]
    // The longest has an address of IPv4 at its end.
    guard address.count <= 45, !address.contains(UInt8(ascii: "%")),
      IPAddress(parsing: String(decoding: address, as: UTF8.self))?.family == .ipv6
    else { return nil }
    return end + 1
  }

  /// As many digits as the largest port has, and not more than that.
  @inline(__always)
  private static func port(in text: UnsafeRawBufferPointer, from start: Int) -> Port? {
    if start == text.count { return .empty }
    guard text.count - start <= 5 else { return nil }
    var number = 0
    for position in start..<text.count {
      guard ByteClass.isDigit(text[position]) else { return nil }
      number = number &* 10 &+ Int(text[position] &- UInt8(ascii: "0"))
    }
    return number <= 65_535 ? .number(number) : nil
  }
}
