/// The parts of a `multipart/byteranges` body, taken apart strictly.
struct MultipartParts {
  struct Part: Equatable {
    let fields: [String]
    let text: String
  }

  let parts: [Part]

  init(_ response: RawResponse) throws {
    let prefix = "multipart/byteranges; boundary="
    guard let type = response["Content-Type"], type.hasPrefix(prefix) else {
      throw MalformedResponse("Content-Type \(response["Content-Type"] ?? "missing")")
    }
    let boundary = "--" + type.dropFirst(prefix.count)
    var rest = Substring(response.text)
    guard rest.hasPrefix(boundary + "\r\n") else { throw MalformedResponse("no first boundary") }
    rest.removeFirst(boundary.count)
    var parts: [Part] = []
    while rest != "--\r\n" {
      guard let next = rest.firstRange(of: "\r\n" + boundary), rest.hasPrefix("\r\n"),
        let blank = rest.firstRange(of: "\r\n\r\n"), blank.upperBound <= next.lowerBound
      else { throw MalformedResponse("a part: '\(rest.prefix(200))'") }
      let head = rest[..<blank.lowerBound].dropFirst()
      parts.append(
        Part(
          fields: head.isEmpty ? [] : head.split(separator: "\r\n").map(String.init),
          text: String(rest[blank.upperBound..<next.lowerBound])))
      rest = rest[next.upperBound...]
    }
    self.parts = parts
  }
}

extension Substring {
  /// Where a text begins and ends.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    let wanted = Array(text.utf8)
    let own = Array(utf8)
    guard own.count >= wanted.count else { return nil }
    for start in 0...(own.count - wanted.count)
    where own[start] == wanted[0] && own[start..<(start + wanted.count)].elementsEqual(wanted) {
      let begin = utf8.index(startIndex, offsetBy: start)
      return begin..<utf8.index(begin, offsetBy: wanted.count)
    }
    return nil
  }
}
