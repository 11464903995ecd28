@testable import EventletHTTP

/// What the decoder makes of bytes in which a chunked body is expected.
struct ChunkedOutcome: Equatable {
  enum End: Equatable {
    case incomplete
    /// After so many bytes.
    case end(Int)
    case refused(RequestError.Reason)
  }

  private(set) var end = End.incomplete
  private(set) var data: [UInt8] = []
  private(set) var trailers: [ParsedHead.Field] = []

  /// - Parameters:
  ///   - bytes: All of them.
  ///   - counts: How many are there each time that the decoder is asked.
  ///   - limits: Those of the decoder.
  init(_ bytes: [UInt8], arriving counts: some Sequence<Int>, limits: HTTPLimits) {
    var decoder = ChunkedDecoder(limits: limits)
    var position = 0
    do throws(RequestError) {
      for count in counts {
        while position < count, !decoder.isAtEnd {
          position += try take(bytes[position..<count], by: &decoder)
        }
      }
      if decoder.isAtEnd { end = .end(position) }
    } catch { end = .refused(error.reason) }
    trailers = decoder.trailers.withUnsafeBytes { bytes in
      decoder.trailerFields.map { ParsedHead.Field($0, of: bytes) }
    }
  }

  /// All bytes at once.
  init(_ bytes: [UInt8], limits: HTTPLimits) {
    self.init(bytes, arriving: CollectionOfOne(bytes.count), limits: limits)
  }

  private mutating func take(
    _ piece: ArraySlice<UInt8>, by decoder: inout ChunkedDecoder
  ) throws(RequestError) -> Int {
    let count = min(decoder.dataCount, piece.count)
    if count > 0 {
      data += piece.prefix(count)
      decoder.takeData(count)
      return count
    }
    // A copy of its own: nothing lies behind its end.
    let used = try Array(piece).span.bytes.withUnsafeBytes { bytes throws(RequestError) in
      try decoder.takeControl(bytes)
    }
    precondition(used > 0, "the decoder takes neither data nor anything else")
    return used
  }
}
