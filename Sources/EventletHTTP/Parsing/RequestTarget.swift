/// The target of a request, in the form that its method may have (RFC 9112, 3.2).
enum RequestTarget {
  static func parse(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) {
    let target = UnsafeRawBufferPointer(rebasing: bytes[range])
    if head.method == .connect {
      // The port must be there, and be one (RFC 9110, 9.3.6).
      guard case .number(let port) = Authority.port(of: target), port > 0 else {
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
    guard Authority.port(of: authority) != nil else { throw RequestError(.malformedTarget) }
    head.scheme = .init(range.lowerBound..<range.lowerBound + colon)
    head.authority = .init(range.lowerBound + start..<range.lowerBound + end)
    splitQuery(range.lowerBound + end..<range.upperBound, of: bytes, into: &head)
  }
}
