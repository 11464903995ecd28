import Testing

@testable import EventletHTTP

extension ChunkedOutcome {
  /// The answer to all bytes at once, which has to be the same when they come one by one, and in two
  /// pieces wherever they are split.
  static func inPieces(
    _ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> ChunkedOutcome {
    let whole = ChunkedOutcome(bytes, limits: limits)
    let single = ChunkedOutcome(bytes, arriving: 1...bytes.count, limits: limits)
    #expect(single == whole, "byte by byte", sourceLocation: sourceLocation)
    let other = (1..<bytes.count).first { split in
      ChunkedOutcome(bytes, arriving: [split, bytes.count], limits: limits) != whole
    }
    #expect(other == nil, "split here, it is something else", sourceLocation: sourceLocation)
    return whole
  }
}
