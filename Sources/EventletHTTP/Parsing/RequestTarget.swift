/// The target of a request, in the form that its method may have (RFC 9112, 3.2).
enum RequestTarget {
  static func parse(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) {
    let target = UnsafeRawBufferPointer(rebasing: bytes[range])
    if head.method == .connect {
      guard Authority.isValid(target), target.contains(ByteClass.colon) else {
        throw RequestError(.malformedTarget)
      }
      head.targetForm = .authority
      head.authority = .init(range)
      head.path = .init(range.upperBound..<range.upperBound)
      return
    }
    switch target[0] {
    case UInt8(ascii: "/"):
      head.targetForm = .origin
      splitQuery(range, of: bytes, into: &head)
    case UInt8(ascii: "*"):
      guard target.count == 1, head.method == .options else { throw RequestError(.malformedTarget) }
      head.targetForm = .asterisk
      head.path = .init(range)
    default:
      head.targetForm = .absolute
      try parseAbsolute(range, of: bytes, into: &head)
    }
  }

  private static func splitQuery(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) {
    var end = range.lowerBound
    while end < range.upperBound, bytes[end] != UInt8(ascii: "?") { end += 1 }
    // A client that follows `//host/` in a redirect would go elsewhere: one slash is enough.
    var start = range.lowerBound
    while start + 1 < end, bytes[start] == UInt8(ascii: "/"), bytes[start + 1] == UInt8(ascii: "/")
    {
      start += 1
    }
    head.path = .init(start..<end)
    head.query = end < range.upperBound ? .init(end + 1..<range.upperBound) : nil
  }

  /// `http://host:port/path`, as to a proxy; servers must take it, too.
  private static func parseAbsolute(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) {
    let target = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard let colon = target.firstIndex(of: ByteClass.colon) else {
      throw RequestError(.malformedTarget)
    }
    let scheme = UnsafeRawBufferPointer(rebasing: target[..<colon])
    guard scheme.equalsIgnoringCase("http") || scheme.equalsIgnoringCase("https"),
      target.count > colon + 2, target[colon + 1] == UInt8(ascii: "/"),
      target[colon + 2] == UInt8(ascii: "/")
    else { throw RequestError(.malformedTarget) }
    let start = colon + 3
    var end = start
    while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
      end += 1
    }
    let authority = UnsafeRawBufferPointer(rebasing: target[start..<end])
    guard !authority.isEmpty, Authority.isValid(authority) else {
      throw RequestError(.malformedTarget)
    }
    head.scheme = .init(range.lowerBound..<range.lowerBound + colon)
    head.authority = .init(range.lowerBound + start..<range.lowerBound + end)
    splitQuery(range.lowerBound + end..<range.upperBound, of: bytes, into: &head)
  }
}

/// A host and perhaps a port, as in `Host` (RFC 9110, 7.2; RFC 3986, 3.2).
enum Authority {
  /// Whether it is one, or empty: a `Host` of a target without an authority is.
  static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first else { return true }
    if first == UInt8(ascii: "[") {
      guard let end = text.firstIndex(of: UInt8(ascii: "]")), end > 1 else { return false }
      for byte in text[1..<end] where !isInAddress(byte) { return false }
      return isPort(UnsafeRawBufferPointer(rebasing: text[(end + 1)...]))
    }
    let colon = text.firstIndex(of: ByteClass.colon) ?? text.count
    guard colon > 0 else { return false }
    for byte in text[..<colon] where !isInName(byte) { return false }
    return isPort(UnsafeRawBufferPointer(rebasing: text[colon...]))
  }

  /// Nothing, or a colon and perhaps digits.
  private static func isPort(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first else { return true }
    guard first == ByteClass.colon, text.count <= 6 else { return false }
    return text.dropFirst().allSatisfy(ByteClass.isDigit)
  }

  /// Addresses of IPv6, with zones, and those of the future.
  private static func isInAddress(_ byte: UInt8) -> Bool {
    byte == ByteClass.colon || isInName(byte)
  }

  /// `unreserved`, `sub-delims` and `%`; no `@`, for names of users have no place here.
  private static func isInName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
      UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"),
      UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
