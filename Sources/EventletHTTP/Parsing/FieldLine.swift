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

  /// Sixteen bytes at a time: values are most of a head.
  @inline(__always)
  private static func hasForbidden(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
  ) -> Bool {
    var position = start
    while position + 16 <= end {
      let part = bytes.loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
      // Tabs are rare: look closer only where there is a control of any kind.
      let suspects = (part .< SIMD16(repeating: 0x20)) .| (part .== SIMD16(repeating: 0x7F))
      if any(suspects) {
        for byte in bytes[position..<position + 16] where ByteClass.isForbiddenInValue(byte) {
          return true
        }
      }
      position += 16
    }
    while position < end {
      if ByteClass.isForbiddenInValue(bytes[position]) { return true }
      position += 1
    }
    return false
  }
}
