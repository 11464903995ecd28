/// The first line of a request (RFC 9112, 3).
enum RequestLine {
  static func parse(
    _ line: Range<Int>, of bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) {
    head.line = .init(line)
    var position = line.lowerBound
    while position < line.upperBound, ByteClass.isToken(bytes[position]) { position += 1 }
    guard position > line.lowerBound else { throw RequestError(.malformedRequestLine) }
    guard position < line.upperBound, bytes[position] == ByteClass.space else {
      throw RequestError(.malformedMethod)
    }
    head.methodName = .init(line.lowerBound..<position)
    head.method = method(head.methodName.of(bytes))
    let targetStart = position + 1
    position = targetStart
    while position < line.upperBound, ByteClass.isInTarget(bytes[position]) { position += 1 }
    let target = targetStart..<position
    // `GET /` of HTTP/0.9 among them: nobody can tell it from a line that was cut off.
    guard position < line.upperBound else { throw RequestError(.malformedRequestLine) }
    guard bytes[position] == ByteClass.space else { throw RequestError(.malformedTarget) }
    guard !target.isEmpty else { throw RequestError(.malformedRequestLine) }
    head.version = try version(position + 1..<line.upperBound, of: bytes)
    head.target = .init(target)
    try RequestTarget.parse(target, of: bytes, into: &head)
  }

  private static func method(_ name: UnsafeRawBufferPointer) -> RequestHead.Method {
    switch name.count {
    case 3:
      if name.equals("GET") { return .get }
      if name.equals("PUT") { return .put }
    case 4:
      if name.equals("POST") { return .post }
      if name.equals("HEAD") { return .head }
    case 5:
      if name.equals("PATCH") { return .patch }
      if name.equals("TRACE") { return .trace }
    case 6: if name.equals("DELETE") { return .delete }
    case 7:
      if name.equals("OPTIONS") { return .options }
      if name.equals("CONNECT") { return .connect }
    default: break
    }
    return .other
  }

  /// `HTTP/` and two digits, in capitals (RFC 9112, 2.3).
  private static func version(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer
  ) throws(RequestError) -> HTTPVersion {
    let text = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard text.count == 8, text.starts(with: "HTTP/"), text[6] == UInt8(ascii: "."),
      ByteClass.isDigit(text[5]), ByteClass.isDigit(text[7])
    else { throw RequestError(.malformedRequestLine) }
    let version = HTTPVersion(
      major: text[5] - UInt8(ascii: "0"), minor: text[7] - UInt8(ascii: "0"))
    guard version.major == 1 else { throw RequestError(.unsupportedVersion) }
    return version
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  func equals(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    return starts(with: word)
  }

  @inline(__always)
  func starts(with word: StaticString) -> Bool {
    guard count >= word.utf8CodeUnitCount else { return false }
    let start = word.utf8Start
    for index in 0..<word.utf8CodeUnitCount where self[index] != start[index] { return false }
    return true
  }
}
