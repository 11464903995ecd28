import HTTPTypes
import Testing

@testable import EventletHTTP

/// What the parser says of bytes in which a head is expected.
enum HeadOutcome: Equatable {
  case incomplete
  case head(ParsedHead)
  case refused(RequestError.Reason)

  /// - Parameters:
  ///   - bytes: All of them.
  ///   - counts: How many are there each time that the parser is asked.
  ///   - limits: Those of the parser.
  init(_ bytes: [UInt8], arriving counts: some Sequence<Int>, limits: HTTPLimits) {
    var parser = RequestParser(limits: limits)
    var head = RequestHead()
    self = .incomplete
    for count in counts {
      // Copies of their own: the buffer of a connection moves, and nothing lies behind its end.
      let outcome = Array(bytes[..<count]).withUnsafeBytes { bytes -> HeadOutcome in
        do throws(RequestError) {
          return try parser.parse(bytes, into: &head)
            ? .head(ParsedHead(head, of: bytes)) : .incomplete
        } catch { return .refused(error.reason) }
      }
      if outcome != .incomplete {
        self = outcome
        return
      }
    }
  }

  /// The answer to all bytes at once, which has to be the same when they come one by one, and in two
  /// pieces wherever they are split.
  static func inPieces(
    _ bytes: some Sequence<UInt8>, limits: HTTPLimits = HTTPLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> HeadOutcome {
    let bytes = Array(bytes)
    let whole = HeadOutcome(bytes, arriving: [bytes.count], limits: limits)
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
    let outcome = inPieces(
      EventletHTTPTests.bytes(text), limits: limits, sourceLocation: sourceLocation)
    guard case .head(let head) = outcome else {
      Issue.record("\(outcome): \(text.debugDescription)", sourceLocation: sourceLocation)
      throw NoHead()
    }
    return head
  }

  struct NoHead: Error {}
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
    let all = bytes(text + rest)
    let outcome = HeadOutcome(all, arriving: [all.count], limits: limits)
    #expect(outcome == refused, "before \(rest.debugDescription)", sourceLocation: sourceLocation)
  }
  #expect(RequestError(reason).status.code == status, sourceLocation: sourceLocation)
}
