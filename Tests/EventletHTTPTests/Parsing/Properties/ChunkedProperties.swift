@testable import EventletHTTP

/// What holds for the answer of the decoder to whatever a client sends.
enum ChunkedProperties {
  /// - Throws: ``Violation``.
  static func check(_ input: [UInt8]) throws(Violation) {
    for limits in [HTTPLimits(), .tight] {
      let outcome = ChunkedOutcome(input, limits: limits)
      let single = ChunkedOutcome(input, arriving: 0...input.count, limits: limits)
      try demand(single == outcome, "\(outcome), but byte by byte \(single)")
      let pieces = ChunkedOutcome(input, arriving: arrivals(of: input), limits: limits)
      try demand(pieces == outcome, "\(outcome), but in pieces \(pieces)")
      try demand(outcome.data.count <= input.count, "more data than bytes")
      try demand(outcome.trailers.count <= limits.fieldCount, "\(outcome.trailers.count) trailers")
      switch outcome.end {
      case .incomplete: break
      case .refused:
        for rest in [bytes("\r\n\r\n"), input] {
          let longer = ChunkedOutcome(input + rest, limits: limits)
          try demand(longer == outcome, "\(outcome), but with more \(longer)")
        }
      case .end(let count): try check(outcome, count, of: input, limits)
      }
    }
  }

  private static func check(
    _ outcome: ChunkedOutcome, _ count: Int, of input: [UInt8], _ limits: HTTPLimits
  ) throws(Violation) {
    try demand(count <= input.count, "it has more bytes than have come")
    // Around each chunk, there is a line before its data, and an end of line after it.
    let least = outcome.data.isEmpty ? 5 : outcome.data.count + 10
    try demand(count >= least, "\(outcome) in \(count) bytes")
    let own = Array(input[..<count])
    let alone = ChunkedOutcome(own, limits: limits)
    try demand(alone == outcome, "\(outcome), but alone \(alone)")
    let shorter = ChunkedOutcome(own.dropLast(), limits: limits)
    try demand(shorter.end == .incomplete, "\(shorter) without its last byte")
    try checkSerialized(outcome)
  }

  /// What is written is read as the same.
  private static func checkSerialized(_ outcome: ChunkedOutcome) throws(Violation) {
    var written: [UInt8] = []
    var start = 0
    for end in arrivals(of: outcome.data) {
      written += bytes("\(String(end - start, radix: 16))\r\n")
      written += outcome.data[start..<end] + bytes("\r\n")
      start = end
    }
    let trailers = outcome.trailers.map { "\($0.name): \($0.value)\r\n" }.joined()
    written += bytes("0\r\n\(trailers)\r\n")
    let again = ChunkedOutcome(written, limits: .none)
    try demand(
      again.end == .end(written.count) && again.data == outcome.data
        && again.trailers == outcome.trailers, "\(outcome), but written \(again)")
  }
}
