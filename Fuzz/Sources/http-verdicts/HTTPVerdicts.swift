import Glibc

/// Tells what the parser finds in streams of bytes, for who compares that with another parser.
///
/// Standard input has the streams, each after its length: four bytes, the lowest first. A line of
/// standard output has a list in JSON of the verdicts on a stream.
@main
struct HTTPVerdicts {
  static func main() {
    while let length = read(4) {
      let count = length.reversed().reduce(0) { $0 << 8 | Int($1) }
      guard let stream = read(count) else { fatalError("the last stream is too short") }
      let verdicts = Verdict.all(of: stream, inPieces: false)
      let inPieces = Verdict.all(of: stream, inPieces: true)
      guard verdicts == inPieces else { fatalError("\(verdicts), but in pieces \(inPieces)") }
      print("[\(verdicts.map(\.json).joined(separator: ","))]")
    }
  }

  /// So many bytes of standard input; nil at its end.
  private static func read(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let byte = getchar()
      if byte == EOF { return nil }
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
    return bytes
  }
}
