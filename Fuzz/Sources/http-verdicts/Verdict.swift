@testable import EventletHTTP
@testable import ParserProperties

/// What a server finds where a request is expected: all of one, the beginning of one, or a fault.
struct Verdict: Equatable {
  enum End: Equatable {
    case complete
    case incomplete
    case refused(RequestError.Reason)
  }

  /// nil if not even the head is complete.
  private(set) var head: ParsedHead?
  /// Of the body, up to its end, the end of the stream, or the fault.
  private(set) var data: [UInt8] = []
  private(set) var trailers: [ParsedHead.Field] = []
  private(set) var end: End
  /// How many bytes a complete request has.
  private(set) var count = 0

  /// - Parameters:
  ///   - bytes: From the request's first byte on; not empty.
  ///   - inPieces: Whether the parser is given them in pieces.
  init(_ bytes: [UInt8], inPieces: Bool) {
    let counts = { (bytes: [UInt8]) in inPieces ? arrivals(of: bytes) : [bytes.count] }
    switch HeadOutcome(bytes, arriving: counts(bytes), limits: .none) {
    case .incomplete: end = .incomplete
    case .refused(let reason): end = .refused(reason)
    case .head(let head):
      self.head = head
      end = .complete
      let rest = Array(bytes[head.byteCount...])
      switch head.framing {
      case .none: count = head.byteCount
      case .length(let length):
        data = Array(rest.prefix(length))
        if data.count < length { end = .incomplete }
        count = head.byteCount + data.count
      case .chunked:
        let body = ChunkedOutcome(rest, arriving: counts(rest), limits: .none)
        data = body.data
        trailers = body.trailers
        switch body.end {
        case .incomplete: end = .incomplete
        case .refused(let reason): end = .refused(reason)
        case .end(let bodyCount): count = head.byteCount + bodyCount
        }
      }
    }
  }

  /// Those of a stream, up to its end or to one that is not complete.
  static func all(of stream: [UInt8], inPieces: Bool) -> [Verdict] {
    var verdicts: [Verdict] = []
    var rest = stream
    while !rest.isEmpty {
      let verdict = Verdict(rest, inPieces: inPieces)
      verdicts.append(verdict)
      guard verdict.end == .complete else { break }
      rest = Array(rest[verdict.count...])
    }
    return verdicts
  }
}
