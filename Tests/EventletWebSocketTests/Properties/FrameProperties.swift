@testable import EventletWebSocket

/// What holds for whatever frames a peer sends.
enum FrameProperties {
  /// - Parameter input: A byte that chooses the settings of the parser, and what a peer sends.
  /// - Throws: ``PropertyViolation``.
  static func check(_ input: [UInt8]) throws(PropertyViolation) {
    guard let choice = input.first else { return }
    let settings = ParserSettings(
      isMasked: choice & 1 != 0, maxFrameSize: [130, 1 << 20, .max, 0][Int(choice >> 1 & 3)],
      maxMessageSize: [150, 1 << 20, .max, 0][Int(choice >> 3 & 3)], inflates: choice & 32 != 0)
    try check(Array(input.dropFirst()), settings)
  }

  static func check(_ bytes: [UInt8], _ settings: ParserSettings) throws(PropertyViolation) {
    let outcome = ParserOutcome(bytes, settings)
    let single = ParserOutcome(single: bytes, settings)
    try PropertyViolation.demand(
      single.agrees(with: outcome), "\(outcome), but byte by byte \(single)")
    let pieces = ParserOutcome(bytes, arriving: Arrivals.counts(of: bytes), settings)
    try PropertyViolation.demand(
      pieces.agrees(with: outcome), "\(outcome), but in pieces \(pieces)")
    try checkSizes(outcome, bytes, settings)
    if let violation = single.violation, let count = single.violationCount {
      try check(violation, at: count, single.events, bytes, settings)
    }
    try checkSerialized(outcome, isMasked: settings.isMasked)
    if !settings.inflates { try compare(outcome, bytes, settings) }
  }

  private static func checkSizes(
    _ outcome: ParserOutcome, _ bytes: [UInt8], _ settings: ParserSettings
  ) throws(PropertyViolation) {
    var count = 0
    for event in outcome.events {
      switch event {
      case .message(let message):
        try PropertyViolation.demand(
          message.byteCount <= settings.maxMessageSize, "\(message.byteCount) bytes")
        if !settings.inflates { count += message.byteCount }
      case .ping(let payload), .pong(let payload):
        try PropertyViolation.demand(
          payload.count <= FrameHeader.mostControlPayload, "\(payload.count) bytes")
        count += payload.count
      case .close(let payload): count += payload.reason.utf8.count
      }
    }
    try PropertyViolation.demand(count <= bytes.count, "\(count) bytes of \(bytes.count)")
  }

  /// It was found as soon as it was there, whatever comes after it, and can be told to the peer.
  private static func check(
    _ violation: ProtocolViolation, at count: Int, _ events: [MessageParser.Event],
    _ bytes: [UInt8], _ settings: ParserSettings
  ) throws(PropertyViolation) {
    let start = Array(bytes[..<count])
    for rest in [[], [0], start] {
      let outcome = ParserOutcome(start + rest, settings)
      try PropertyViolation.demand(
        outcome.violation == violation && outcome.events == events,
        "\(violation) after \(count) bytes, but then \(outcome)")
    }
    let before = ParserOutcome(start.dropLast(), settings)
    try PropertyViolation.demand(before.violation == nil, "\(violation) one byte early: \(before)")
    let payload = ClosePayload(violation.code, violation.reason)
    try PropertyViolation.demand(
      violation.code.isSendable && payload.reason.utf8.count <= ClosePayload.mostReasonBytes,
      "\(violation) cannot be said")
  }

  /// What is written is read as the same.
  private static func checkSerialized(
    _ outcome: ParserOutcome, isMasked: Bool
  ) throws(PropertyViolation) {
    var bytes: [UInt8] = []
    for event in outcome.events { bytes += frame(event, isMasked: isMasked) }
    let again = ParserOutcome(bytes, ParserSettings(isMasked: isMasked))
    try PropertyViolation.demand(
      again.events == outcome.events && again.violation == nil && again.isBetweenMessages,
      "\(outcome), but written \(again)")
  }

  private static func compare(
    _ outcome: ParserOutcome, _ bytes: [UInt8], _ settings: ParserSettings
  ) throws(PropertyViolation) {
    let reference = ReferenceParser(bytes, settings)
    try PropertyViolation.demand(
      outcome.events == reference.events && outcome.violation?.code == reference.failure,
      "\(outcome), but \(reference.events), \(reference.failure.map { "\($0)" } ?? "no failure")")
  }

  private static func frame(_ event: MessageParser.Event, isMasked: Bool) -> [UInt8] {
    let (opcode, payload): (Opcode, [UInt8]) =
      switch event {
      case .message(let message): (message.kind.opcode, message.bytes)
      case .ping(let payload): (.ping, payload)
      case .pong(let payload): (.pong, payload)
      case .close(let payload): (.close, payload.bytes)
      }
    return frame(opcode, payload, key: isMasked ? 0xFE03_0201 : nil)
  }

  private static func frame(_ opcode: Opcode, _ payload: [UInt8], key: UInt32?) -> [UInt8] {
    let header = FrameHeader(
      isFinal: true, opcode: opcode, maskingKey: key, payloadCount: payload.count)
    var bytes = [UInt8](repeating: 0, count: header.byteCount)
    bytes.withUnsafeMutableBytes { bytes in
      if let place = bytes.baseAddress { header.write(to: place) }
    }
    var payload = payload
    if let key { payload.withUnsafeMutableBytes { Masking.apply(key, to: $0) } }
    return bytes + payload
  }
}
