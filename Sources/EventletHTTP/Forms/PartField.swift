internal import HTTPTypes

/// A field of a part of a body.
enum PartField {
  /// Strictly, as those of a message: RFC 9112, section 5.
  /// - Parameter line: With its end.
  /// - Returns: nil for what is none, a line that goes on with the one before among it.
  static func parse(_ line: ArraySlice<UInt8>) -> HTTPField? {
    guard line.suffix(2).elementsEqual([0x0d, 0x0a]) else { return nil }
    let line = line.dropLast(2)
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
      line[..<colon].allSatisfy(ByteClass.isToken),
      let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
    else { return nil }
    let value = line[colon...].dropFirst().withoutSurroundingBlanks
    guard HTTPField.isValidValue(value) else { return nil }
    return HTTPField(name: name, value: value)
  }

  /// The beginning of a line, for a message.
  static func shown(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line.prefix(40).filter { $0 >= 0x20 && $0 != 0x7f }, as: UTF8.self)
  }
}
