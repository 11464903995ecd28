import Testing

@testable import EventletHTTP

/// What the decoder makes of bytes in which a chunked body is expected.
struct ChunkedOutcome: Equatable {
  enum End: Equatable {
    case incomplete
    /// After so many bytes.
    case end(Int)
    case refused(RequestError.Reason)
  }

  var end: End
  var data: [UInt8]
  var trailers: [ParsedHead.Field]

  /// - Parameters:
  ///   - bytes: All of them.
  ///   - counts: How many are there each time that the decoder is asked.
  ///   - limits: Those of the decoder.
  init(_ bytes: [UInt8], arriving counts: some Sequence<Int>, limits: HTTPLimits) {
    var decoder = ChunkedDecoder(limits: limits)
    var position = 0
    end = .incomplete
    data = []
    trailers = []
    do throws(RequestError) {
      for count in counts {
        while position < count, !decoder.isAtEnd {
          let piece = Array(bytes[position..<count])
          let dataCount = min(decoder.dataCount, piece.count)
          if dataCount > 0 {
            data += piece[..<dataCount]
            decoder.takeData(dataCount)
            position += dataCount
          } else {
            position += try piece.span.bytes.withUnsafeBytes { bytes throws(RequestError) in
              try decoder.takeControl(bytes)
            }
          }
        }
      }
      if decoder.isAtEnd { end = .end(position) }
    } catch { end = .refused(error.reason) }
    trailers = decoder.trailers.withUnsafeBytes { bytes in
      decoder.trailerFields.map {
        var head = RequestHead()
        head.fields = [$0]
        return ParsedHead(head, of: bytes).fields[0]
      }
    }
  }

  /// The answer to all bytes at once, which has to be the same when they come one by one, and in two
  /// pieces wherever they are split.
  static func inPieces(
    _ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> ChunkedOutcome {
    let whole = ChunkedOutcome(bytes, arriving: [bytes.count], limits: limits)
    let single = ChunkedOutcome(bytes, arriving: 1...bytes.count, limits: limits)
    #expect(single == whole, "byte by byte", sourceLocation: sourceLocation)
    let other = (1..<bytes.count).first { split in
      ChunkedOutcome(bytes, arriving: [split, bytes.count], limits: limits) != whole
    }
    #expect(other == nil, "split here, it is something else", sourceLocation: sourceLocation)
    return whole
  }
}
