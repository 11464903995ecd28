/// One line of a field in a head or a trailer (RFC 9112, 5).
enum FieldLine {
  /// Parses a line that stands there, without its end; not empty.
  static func parse(
    _ line: Range<Int>, of bytes: UnsafeRawBufferPointer
  ) throws(RequestError) -> RequestHead.Field {
    let first = bytes[line.lowerBound]
    if first == ByteClass.space || first == ByteClass.tab { throw RequestError(.foldedField) }
    var colon = line.lowerBound
    while colon < line.upperBound, ByteClass.isToken(bytes[colon]) { colon += 1 }
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == ByteClass.colon else {
      throw RequestError(.malformedFieldName)
    }
    var start = colon + 1
    var end = line.upperBound
    while start < end, bytes[start] == ByteClass.space || bytes[start] == ByteClass.tab {
      start += 1
    }
    while end > start, bytes[end - 1] == ByteClass.space || bytes[end - 1] == ByteClass.tab {
      end -= 1
    }
    guard !hasForbidden(bytes, start, end) else { throw RequestError(.malformedFieldValue) }
    return .init(name: .init(line.lowerBound..<colon), value: .init(start..<end))
  }

  /// Eight bytes at a time: values are most of a head.
  @inline(__always)
  private static func hasForbidden(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
  ) -> Bool {
    var position = start
    while position + 8 <= end {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      // Tabs are rare: look closer only where there is a control of any kind.
      if hasControl(word) {
        for byte in bytes[position..<position + 8] where ByteClass.isForbiddenInValue(byte) {
          return true
        }
      }
      position += 8
    }
    while position < end {
      if ByteClass.isForbiddenInValue(bytes[position]) { return true }
      position += 1
    }
    return false
  }

  /// Whether one of eight bytes is less than 0x20, or 0x7F.
  ///
  /// In an integer, for the compiler takes comparisons of vectors of bytes apart, byte by byte.
  /// Subtracting sets the highest bit of a byte that is less; where it was set before, it does not
  /// count.
  @inline(__always)
  private static func hasControl(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let less = (word &- ones &* 0x20) & ~word
    let others = word ^ (ones &* 0x7F)
    let equal = (others &- ones) & ~others
    return (less | equal) & (ones &* 0x80) != 0
  }
}
