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

  /// All bytes at once.
  init(_ bytes: [UInt8], limits: HTTPLimits) {
    self.init(bytes, arriving: CollectionOfOne(bytes.count), limits: limits)
  }
}
