/// Takes the codings off the body of one request as it is read.
final class BodyDecoder {
  private static let mostAtOnce = 65_536

  private let receiver: BodyReceiver
  private let limits: DecodingLimits
  private let decoded: DecodedSource
  /// What is wrong with the body: found again at each further call.
  private var failure: RequestError?

  /// Of at least one coding, the outermost first.
  init(_ codings: [ContentCoding], of receiver: BodyReceiver, _ limits: DecodingLimits) {
    self.receiver = receiver
    self.limits = limits
    let outermost = DecodedSource(codings[0], limits) { count in
      let piece = try receiver.receive(upTo: count)
      limits.encodedCount += piece.count
      return piece
    }
    decoded = codings.dropFirst().reduce(outermost) { outer, coding in
      DecodedSource(coding, limits, of: outer.receive)
    }
  }

  var isAtEnd: Bool { decoded.isAtEnd }

  var limit: Int? {
    get { limits.size }
    set {
      limits.size = newValue
      guard let newValue, let most = receiver.limit else { return receiver.limit = nil }
      // What does not compress is a little longer in the coding.
      receiver.limit = max(most, min(newValue, .max / 2) + newValue / 1024 + 1024)
    }
  }

  /// - Returns: empty at the end of the body.
  /// - Throws: ``RequestError``; as the receiver.
  func receive(upTo count: Int) throws -> [UInt8] {
    if let failure { throw failure }
    if count <= 0 { return [] }
    do { return try decoded.receive(upTo: min(count, Self.mostAtOnce)) } catch {
      if let error = error as? RequestError { failure = error }
      throw error
    }
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let piece = try receive(upTo: buffer.count)
    buffer.copyBytes(from: piece)
    return piece.count
  }
}
