import EventletTesting
import Testing

@testable import EventletWebSocket

@Suite struct UTF8ValidatorTests {
  /// At which byte the validator fails, whether a character is incomplete otherwise.
  private enum Verdict: Equatable {
    case text
    case incomplete
    case invalid(at: Int)
  }

  private func verdict(_ pieces: [ArraySlice<UInt8>]) -> Bool? {
    var validator = UTF8Validator()
    for piece in pieces {
      let isText = piece.withUnsafeBytes { validator.accept($0) }
      if !isText { return nil }
    }
    return validator.isComplete
  }

  /// In one piece, and byte by byte.
  private func verdict(_ bytes: [UInt8]) -> Verdict {
    var validator = UTF8Validator()
    let whole = verdict([bytes[...]])
    for index in bytes.indices {
      let isText = bytes[index...index].withUnsafeBytes { validator.accept($0) }
      if !isText {
        if whole != nil { Issue.record("\(bytes) are invalid only byte by byte") }
        return .invalid(at: index)
      }
    }
    if whole != validator.isComplete { Issue.record("\(bytes) in one piece: \(whole as Any)") }
    return validator.isComplete ? .text : .incomplete
  }

  /// By the longest beginning that text can have.
  private func expected(_ bytes: [UInt8]) -> Verdict {
    if String(validating: bytes, as: UTF8.self) != nil { return .text }
    for count in 1...bytes.count where !isBeginningOfText(Array(bytes[..<count])) {
      return .invalid(at: count - 1)
    }
    return .incomplete
  }

  /// Bytes around the borders of the table in RFC 3629, 4.
  private static let borders: [UInt8] = [
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
    0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
  ]

  @Test func sequencesAtTheBordersOfTheTable() {
    var sequences: [[UInt8]] = (UInt8.min ... .max).map { [$0] }
    for count in 1...4 {
      var open: [[UInt8]] = []
      for bytes in sequences {
        let expected = expected(bytes)
        if verdict(bytes) != expected { Issue.record("\(bytes) is \(expected)") }
        if expected == .incomplete { open.append(bytes) }
      }
      // What is over, one way or the other, tells nothing more.
      sequences = open.flatMap { bytes in Self.borders.map { bytes + [$0] } }
      #expect(sequences.isEmpty == (count == 4))
    }
  }

  @Test func scalarsAreText() {
    for value in stride(from: UInt32(0), through: 0x10FFFF, by: 53) {
      guard let bytes = Unicode.Scalar(value).flatMap({ UTF8.encode($0) }) else { continue }
      if verdict([Array(bytes)[...]]) != true { Issue.record("U+\(String(value, radix: 16))") }
    }
  }

  // The texts of the Autobahn test suite's cases 6.2, 6.6 to 6.23.
  private static let texts: [[UInt8]] = [
    Array("Hello-µ@ßöäüàá-UTF-8!!".utf8),
    [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5],
    [0x00], [0xC2, 0x80], [0xE0, 0xA0, 0x80], [0xF0, 0x90, 0x80, 0x80], [0x7F], [0xDF, 0xBF],
    [0xEF, 0xBF, 0xBF], [0xF4, 0x8F, 0xBF, 0xBF], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
    [0xEF, 0xBF, 0xBD], [0xEF, 0xBF, 0xBE], [0xF0, 0x9F, 0xBF, 0xBE], [0xF1, 0x8F, 0xBF, 0xBF],
  ]

  @Test(arguments: texts)
  func textIsTextInWhateverPieces(text: [UInt8]) {
    for first in 0...text.count {
      for second in first...text.count {
        let pieces = [text[..<first], text[first..<second], text[second...]]
        #expect(verdict(pieces) == true, "\(pieces)")
      }
    }
    for count in 0..<text.count {
      #expect(verdict(Array(text[..<count])) == expected(Array(text[..<count])))
    }
  }

  // Those that are no text, with the byte at which that shows.
  @Test(
    arguments: [
      (
        [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xED, 0xA0, 0x80, 0x65],
        12
      ),
      (
        [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xF4, 0x90, 0x80, 0x80],
        12
      ),
      ([0xF8, 0x88, 0x80, 0x80, 0x80], 0), ([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], 0),
      ([0xF7, 0xBF, 0xBF, 0xBF], 0), ([0xFB, 0xBF, 0xBF, 0xBF, 0xBF], 0),
      ([0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF], 0), ([0xF4, 0x90, 0x80, 0x80], 1), ([0x80], 0),
      ([0xBF], 0), ([0x80, 0xBF], 0), ([0xC0, 0x20], 0), ([0xE0, 0x20], 1), ([0xC0], 0),
      ([0xFE], 0), ([0xFF], 0), ([0xC0, 0xAF], 0), ([0xE0, 0x80, 0xAF], 1),
      ([0xF0, 0x80, 0x80, 0xAF], 1), ([0xC1, 0xBF], 0), ([0xE0, 0x9F, 0xBF], 1),
      ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xED, 0xA0, 0x80], 1), ([0xED, 0xAD, 0xBF], 1),
      ([0xED, 0xBF, 0xBF], 1), ([0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], 1),
      ([0xF0, 0x90, 0x80, 0x41], 3), ([0xE1, 0x80, 0xE1], 2),
    ] as [([UInt8], Int)])
  func whatIsNoTextFailsAtItsFirstImpossibleByte(bytes: [UInt8], index: Int) {
    #expect(verdict(bytes) == .invalid(at: index))
    #expect(expected(bytes) == .invalid(at: index))
  }

  @Test func manyBytesAreWhatTheStandardLibraryTakesThemFor() {
    var numbers = SplitMix64()
    var counts = (text: 0, invalid: 0)
    for round in 0..<100_000 {
      let bytes = Self.bytes(using: &numbers)
      let split = Int.random(in: 0...bytes.count, using: &numbers)
      let isText = verdict([bytes[..<split], bytes[split...]]) == true
      let isExpected = String(validating: bytes, as: UTF8.self) != nil
      if isText != isExpected { Issue.record("\(round): \(bytes) at \(split)") }
      if isText { counts.text += 1 } else { counts.invalid += 1 }
    }
    #expect(min(counts.text, counts.invalid) > 20_000, "\(counts)")
  }

  /// Characters of all lengths, around which there may be much ASCII; half of them with one byte that
  /// is changed.
  private static func bytes(using numbers: inout SplitMix64) -> [UInt8] {
    let scalars: [Unicode.Scalar] = [
      "a", "\u{7F}", "\u{80}", "ß", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "€", "\u{FFFF}",
      "\u{10000}", "🥊", "\u{10FFFF}",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...4, using: &numbers) {
      bytes += [UInt8](repeating: 0x61, count: Int.random(in: 0...20, using: &numbers))
      bytes +=
        scalars.randomElement(using: &numbers).flatMap { UTF8.encode($0) }.map { Array($0) } ?? []
    }
    if Bool.random(using: &numbers), let index = bytes.indices.randomElement(using: &numbers) {
      bytes[index] = UInt8.random(in: 0...255, using: &numbers)
    }
    return bytes
  }

  @Test func aFaultIsFoundAnywhereInLongText() {
    for count in 0..<70 {
      for fault: UInt8 in [0x80, 0xC2, 0xFF] {
        var bytes = [UInt8](repeating: 0x61, count: 70)
        bytes[count] = fault
        let failure = fault == 0xC2 ? count + 1 : count
        let isLast = failure == bytes.count
        #expect(verdict(bytes) == (isLast ? .incomplete : .invalid(at: failure)))
      }
    }
  }
}
