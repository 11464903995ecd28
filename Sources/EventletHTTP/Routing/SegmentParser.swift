/// Reads one segment of a pattern.
struct SegmentParser {
  private let bytes: ArraySlice<UInt8>
  /// Text before, between and after parameters.
  private var literals: [[UInt8]] = [[]]
  private var names: [String] = []
  private var isRest = false

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  consuming func parse() throws(PathPatternError) -> PathPattern.Segment {
    if bytes.elementsEqual("*".utf8) { return .parameter(nil) }
    if bytes.elementsEqual("**".utf8) { return .rest(nil) }
    try scan()
    guard let name = names.first else { return .literal(try Self.decode(literals[0])) }
    let hasText = literals.contains { !$0.isEmpty }
    if isRest {
      if hasText || names.count > 1 { throw .restWithText }
      return .rest(name)
    }
    guard hasText else { return .parameter(name) }
    var decoded: [[UInt8]] = []
    for literal in literals { decoded.append(try Self.decode(literal)) }
    return .mixed(MixedSegment(literals: decoded), names: names)
  }

  private mutating func scan() throws(PathPatternError) {
    var position = bytes.startIndex
    while position < bytes.endIndex {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "{"):
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else {
          throw .unmatchedBrace
        }
        if !names.isEmpty, literals[literals.count - 1].isEmpty { throw .adjacentParameters }
        try takeName(bytes[(position + 1)..<end])
        literals.append([])
        position = end
      case UInt8(ascii: "}"): throw .unmatchedBrace
      case UInt8(ascii: "*"): throw .asteriskWithText
      default: literals[literals.count - 1].append(byte)
      }
      position += 1
    }
  }

  private mutating func takeName(_ bytes: ArraySlice<UInt8>) throws(PathPatternError) {
    let dots = Array("...".utf8)
    var name = bytes
    if name.count >= dots.count, name.suffix(dots.count).elementsEqual(dots) {
      name = name.dropLast(dots.count)
      isRest = true
    }
    let text = String(decoding: name, as: UTF8.self)
    guard let first = name.first, !ByteClass.isDigit(first), first != UInt8(ascii: "-"),
      name.allSatisfy(Self.isInName)
    else {
      throw .malformedName(text)
    }
    names.append(text)
  }

  private static func isInName(_ byte: UInt8) -> Bool {
    ByteClass.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  private static func decode(_ literal: [UInt8]) throws(PathPatternError) -> [UInt8] {
    for (index, byte) in literal.enumerated() where byte == UInt8(ascii: "%") {
      guard index + 2 < literal.count, ByteClass.hexadecimalValue(literal[index + 1]) != nil,
        ByteClass.hexadecimalValue(literal[index + 2]) != nil
      else { throw .malformedEscape }
    }
    return literal.withUnsafeBytes { Array(PercentCoding.decodedString($0).utf8) }
  }
}
