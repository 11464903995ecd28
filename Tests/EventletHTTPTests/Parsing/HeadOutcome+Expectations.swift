import HTTPTypes
import Testing

@testable import EventletHTTP

extension HeadOutcome {
  /// The answer to all bytes at once, which has to be the same when they come one by one, and in two
  /// pieces wherever they are split.
  static func inPieces(
    _ bytes: some Sequence<UInt8>, limits: HTTPLimits = HTTPLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> HeadOutcome {
    let bytes = Array(bytes)
    let whole = HeadOutcome(bytes, limits: limits)
    let single = HeadOutcome(bytes, arriving: 1...bytes.count, limits: limits)
    #expect(single == whole, "byte by byte", sourceLocation: sourceLocation)
    let other = (1..<bytes.count).first { split in
      HeadOutcome(bytes, arriving: [split, bytes.count], limits: limits) != whole
    }
    #expect(other == nil, "split here, it is something else", sourceLocation: sourceLocation)
    return whole
  }

  /// The head in these bytes, however they come.
  static func head(
    of text: String, limits: HTTPLimits = HTTPLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ParsedHead {
    let outcome = inPieces(bytes(text), limits: limits, sourceLocation: sourceLocation)
    guard case .head(let head) = outcome else {
      Issue.record("\(outcome): \(text.debugDescription)", sourceLocation: sourceLocation)
      throw NoHead()
    }
    return head
  }

  private struct NoHead: Error {}
}

/// Expects a refusal, however the bytes come and whatever follows them.
func expectRefused(
  _ text: String, _ reason: RequestError.Reason, _ status: Int = 400,
  limits: HTTPLimits = HTTPLimits(), sourceLocation: SourceLocation = #_sourceLocation
) {
  let refused = HeadOutcome.refused(reason)
  let outcome = HeadOutcome.inPieces(bytes(text), limits: limits, sourceLocation: sourceLocation)
  #expect(outcome == refused, "\(text.debugDescription)", sourceLocation: sourceLocation)
  for rest in ["\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"] {
    let longer = HeadOutcome(bytes(text + rest), limits: limits)
    #expect(longer == refused, "before \(rest.debugDescription)", sourceLocation: sourceLocation)
  }
  #expect(RequestError(reason).status.code == status, sourceLocation: sourceLocation)
}
