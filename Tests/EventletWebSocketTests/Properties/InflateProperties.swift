@testable import EventletWebSocket

/// What holds for whatever compressed messages a peer sends.
enum InflateProperties {
  /// - Parameter input: A byte that chooses the window, the limit and how many messages there are, and
  ///   the messages, all of a length.
  /// - Throws: ``PropertyViolation``.
  static func check(_ input: [UInt8]) throws(PropertyViolation) {
    guard let choice = input.first else { return }
    let windowBits = 8 + Int(choice & 7)
    let limit = [0, 100, 20_000, 1 << 20][Int(choice >> 3 & 3)]
    let messages = messages(Int(choice >> 5) + 1, of: Array(input.dropFirst()))
    func outcome(_ arriving: ([UInt8]) -> [Int], mostWarm: Int = 64) -> InflateOutcome {
      InflateOutcome(
        messages, arriving: arriving, windowBits: windowBits, limit: limit, mostWarm: mostWarm)
    }
    let whole = outcome { _ in [] }
    for message in whole.messages {
      try PropertyViolation.demand(
        message.count <= limit, "\(whole), of which \(limit) are allowed")
    }
    let single = outcome { Array(0...$0.count) }
    try demandSame(whole, single, windowBits, "byte by byte")
    try demandSame(whole, outcome(Arrivals.counts), windowBits, "in pieces")
    try demandSame(whole, outcome({ _ in [] }, mostWarm: 0), windowBits, "frozen")
    try demandSame(whole, outcome(Arrivals.counts, mostWarm: 0), windowBits, "in pieces, frozen")
  }

  /// The same in another way.
  ///
  /// Who refers further back than a small window goes may be understood as long as the bytes are
  /// still at hand, which depends on the pieces: then one way goes further than the other.
  private static func demandSame(
    _ whole: InflateOutcome, _ other: InflateOutcome, _ windowBits: Int, _ way: String
  ) throws(PropertyViolation) {
    let what = "\(whole), but \(way) \(other)"
    if windowBits == 15 { return try PropertyViolation.demand(whole == other, what) }
    for (one, other) in zip(whole.messages, other.messages) {
      let count = min(one.count, other.count)
      try PropertyViolation.demand(one[..<count] == other[..<count], what)
    }
    if whole.error == nil, other.error == nil { try PropertyViolation.demand(whole == other, what) }
  }

  private static func messages(_ count: Int, of bytes: [UInt8]) -> [[UInt8]] {
    (0..<count).map { Array(bytes[bytes.count * $0 / count..<bytes.count * ($0 + 1) / count]) }
  }
}
