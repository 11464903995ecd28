/// A segment of a pattern that has parameters and other text, as `{name}.{extension}`.
struct MixedSegment: Equatable {
  /// What stands before, between and after the parameters: one more than there are of them.
  let literals: [[UInt8]]

  private var prefix: [UInt8] { literals[0] }
  private var suffix: [UInt8] { literals[literals.count - 1] }
  private var parameterCount: Int { literals.count - 1 }

  /// Where the parameters are in a segment that was decoded; nil if it does not match.
  ///
  /// None of them is empty, and the earlier ones get as much as they can: `archive.tar.gz` has the
  /// extension `gz`. From the end on, the last place of each text is the one that leaves the most to
  /// those before it: if there is any way to match, this one is.
  func split(_ segment: UnsafeRawBufferPointer) -> [Range<Int>]? {
    var end = segment.count - suffix.count
    guard end > prefix.count, segment.has(prefix, at: 0), segment.has(suffix, at: end) else {
      return nil
    }
    var ranges: [Range<Int>] = []
    for separator in literals[1..<parameterCount].reversed() {
      var start = end - 1 - separator.count
      while start > prefix.count, !segment.has(separator, at: start) { start -= 1 }
      guard start > prefix.count else { return nil }
      ranges.append(start + separator.count..<end)
      end = start
    }
    ranges.append(prefix.count..<end)
    return ranges.reversed()
  }

  /// Whether it comes first where both match: the one with more text of its own does.
  ///
  /// The rest is there so that the order in which they are registered makes no difference.
  func precedes(_ other: MixedSegment) -> Bool {
    let (count, otherCount) = (literalCount, other.literalCount)
    if count != otherCount { return count > otherCount }
    if literals.count != other.literals.count { return literals.count < other.literals.count }
    return literals.lexicographicallyPrecedes(other.literals) { one, other in
      one.lexicographicallyPrecedes(other)
    }
  }

  private var literalCount: Int { literals.reduce(0) { $0 + $1.count } }
}

extension UnsafeRawBufferPointer {
  /// Whether `text` is there; the place is 0 or more.
  fileprivate func has(_ text: [UInt8], at start: Int) -> Bool {
    guard count - start >= text.count else { return false }
    for index in 0..<text.count where self[start + index] != text[index] { return false }
    return true
  }
}
