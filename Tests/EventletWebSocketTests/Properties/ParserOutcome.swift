@testable import EventletWebSocket

/// What a parser of messages is made with.
struct ParserSettings: Hashable {
  var isMasked = true
  var maxFrameSize = 1 << 20
  var maxMessageSize = 1 << 20
  /// Whether messages may be compressed.
  var inflates = false

  func makeParser() -> MessageParser {
    // No context stays warm, which would take a hub.
    let inflater = inflates ? MessageInflater(DeflateParameters(), DeflatePool(mostWarm: 0)) : nil
    return MessageParser(
      isMasked: isMasked, maxFrameSize: maxFrameSize, maxMessageSize: maxMessageSize,
      inflater: inflater)
  }
}

/// What the parser makes of bytes that arrive in some way.
struct ParserOutcome: Equatable, CustomStringConvertible {
  private(set) var events: [MessageParser.Event] = []
  private(set) var violation: ProtocolViolation?
  /// How many bytes had come when the violation was found.
  private(set) var violationCount: Int?
  private(set) var isBetweenMessages = true

  /// - Parameters:
  ///   - bytes: All of them.
  ///   - counts: How many are there each time that some have come.
  ///   - settings: Of the parser.
  init(_ bytes: [UInt8], arriving counts: some Sequence<Int>, _ settings: ParserSettings) {
    var parser = settings.makeParser()
    var start = 0
    for end in counts {
      // A copy of its own: it is unmasked in place, and nothing lies behind its end.
      var piece = Array(bytes[start..<end])
      start = end
      do throws(ProtocolViolation) {
        try take(&piece, by: &parser)
      } catch {
        violation = error
        violationCount = end
        break
      }
    }
    isBetweenMessages = parser.isBetweenMessages
  }

  /// All bytes at once.
  init(_ bytes: [UInt8], _ settings: ParserSettings = ParserSettings()) {
    self.init(bytes, arriving: CollectionOfOne(bytes.count), settings)
  }

  /// Byte by byte.
  init(single bytes: [UInt8], _ settings: ParserSettings = ParserSettings()) {
    self.init(bytes, arriving: 0...bytes.count, settings)
  }

  private mutating func take(
    _ piece: inout [UInt8], by parser: inout MessageParser
  ) throws(ProtocolViolation) {
    try piece.withUnsafeMutableBufferPointer { piece throws(ProtocolViolation) in
      var position = 0
      let bytes = UnsafeMutableRawBufferPointer(piece)
      while let event = try parser.next(bytes, from: &position) { events.append(event) }
      precondition(position == bytes.count, "the parser leaves bytes")
    }
  }

  /// The same but for when a violation was found, which depends on how the bytes arrive.
  func agrees(with other: ParserOutcome) -> Bool {
    events == other.events && violation == other.violation
      && (violation != nil || isBetweenMessages == other.isBetweenMessages)
  }

  var description: String {
    "\(events)" + (violation.map { ", then \($0)" } ?? "")
      + (isBetweenMessages ? "" : ", and more to come")
  }
}
