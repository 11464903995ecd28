import EventletCompression

@testable import EventletWebSocket

/// What messages expand to that arrive in some way.
struct InflateOutcome: Equatable, CustomStringConvertible {
  /// Each message, the last one perhaps as far as it was expanded.
  private(set) var messages: [[UInt8]] = []
  private(set) var error: CompressionError?

  /// - Parameters:
  ///   - messages: The compressed messages.
  ///   - arriving: How many bytes of a message are there each time that some have come.
  ///   - windowBits: Of the inflater.
  ///   - limit: Of each message.
  ///   - mostWarm: See ``DeflatePool``; 0 freezes after each message.
  init(
    _ messages: [[UInt8]], arriving: ([UInt8]) -> [Int], windowBits: Int, limit: Int, mostWarm: Int
  ) {
    let parameters = DeflateParameters(incomingWindowBits: windowBits)
    let inflater = MessageInflater(parameters, DeflatePool(mostWarm: mostWarm))
    do {
      for message in messages {
        self.messages.append([])
        try Self.expand(message, arriving(message), limit, inflater, &self.messages)
      }
    } catch { self.error = error }
  }

  private static func expand(
    _ message: [UInt8], _ counts: [Int], _ limit: Int, _ inflater: MessageInflater,
    _ outputs: inout [[UInt8]]
  ) throws(CompressionError) {
    var output: [UInt8] = []
    defer { outputs[outputs.count - 1] = output }
    var start = 0
    for end in counts + [message.count] {
      let piece = message[start..<end]
      start = end
      try piece.withUnsafeBufferPointer { piece throws(CompressionError) in
        try inflater.expand(
          UnsafeRawBufferPointer(piece), isLast: false, limit: limit, into: &output)
      }
    }
    try inflater.expand(
      UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, limit: limit, into: &output)
  }

  var description: String {
    let counts = messages.map { "\($0.count)" }.joined(separator: ", ")
    return "[\(counts)] bytes\(error.map { ", then \($0)" } ?? "")"
  }
}
