/// A route's pattern, taken apart.
///
/// Literal text is kept decoded: it is compared with decoded segments.
struct PathPattern {
  enum Segment {
    case literal([UInt8])
    /// `{name}`, or `*` without a name.
    case parameter(String?)
    case mixed(MixedSegment, names: [String])
    /// `{name...}`, or `**` without a name: all that is left.
    case rest(String?)
  }

  /// As it was written.
  let text: String
  let segments: [Segment]
  /// Of the parameters that have one, in their order.
  let names: [String]

  init(parsing text: String) throws(PathPatternError) {
    self.text = text
    let bytes = Array(text.utf8)
    guard bytes.first == UInt8(ascii: "/") else { throw .noSlash }
    if bytes.contains(UInt8(ascii: "?")) { throw .query }
    let parts = bytes.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    var segments: [Segment] = []
    var names: [String] = []
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      if part.isEmpty, !isLast { throw .emptySegment }
      let segment = try SegmentParser(part).parse()
      if case .rest = segment, !isLast { throw .restNotLast }
      for name in segment.names {
        if names.contains(name) { throw .repeatedName(name) }
        names.append(name)
      }
      segments.append(segment)
    }
    self.segments = segments
    self.names = names
  }

  /// The parameters of a path that this pattern matches, as sent.
  func parameters(in path: UnsafeRawBufferPointer) -> PathParameters {
    var parameters = PathParameters()
    var start = 1
    for segment in segments {
      let end = path.segmentEnd(from: start)
      let range = UnsafeRawBufferPointer(rebasing: path[start..<end])
      switch segment {
      case .literal, .parameter(nil), .rest(nil): break
      case .parameter(let name?): parameters.append(name, PercentCoding.decodedString(range))
      case .rest(let name?):
        let rest = UnsafeRawBufferPointer(rebasing: path[start...])
        parameters.append(name, PercentCoding.decodedString(rest))
      case .mixed(let mixed, let names):
        let decoded = Array(PercentCoding.decodedString(range).utf8)
        let ranges = decoded.withUnsafeBytes { mixed.split($0) } ?? []
        for (name, range) in zip(names, ranges) {
          parameters.append(name, String(decoding: decoded[range], as: UTF8.self))
        }
      }
      start = end + 1
    }
    return parameters
  }

  /// All that is left of a path that this pattern matches, as sent, if it becomes that parameter.
  func rest(_ name: String, of path: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard case .rest(name)? = segments.last else { return nil }
    var start = 1
    for _ in segments.dropLast() { start = path.segmentEnd(from: start) + 1 }
    return UnsafeRawBufferPointer(rebasing: path[start...])
  }
}

extension PathPattern.Segment {
  fileprivate var names: [String] {
    switch self {
    case .literal: []
    case .parameter(let name), .rest(let name): name.map { [$0] } ?? []
    case .mixed(_, let names): names
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Where the segment that begins at `start` ends: at the next slash, or the end of the path.
  @inline(__always)
  func segmentEnd(from start: Int) -> Int {
    var end = start
    while end < count, self[end] != UInt8(ascii: "/") { end += 1 }
    return end
  }
}
