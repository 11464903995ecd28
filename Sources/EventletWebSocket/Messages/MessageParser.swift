internal import EventletCompression

/// Makes messages of what a peer sends, in whatever pieces it arrives.
///
/// Knows nothing of where it comes from. After a ``ProtocolViolation`` it is of no more use.
struct MessageParser {
  enum Event: Hashable {
    case message(WebSocketMessage)
    case ping([UInt8])
    case pong([UInt8])
    case close(ClosePayload)
  }

  /// A message of which not all frames have come.
  private struct Assembly {
    let kind: WebSocketMessage.Kind
    let isCompressed: Bool
    var content: [UInt8] = []
    var validator = UTF8Validator()
  }

  private let rules: FrameHeader.Rules
  private let maxMessageSize: Int
  private var inflater: MessageInflater?
  /// The beginning of a header.
  private var partialHeader: [UInt8] = []
  private var header: FrameHeader?
  /// How many bytes of the frame's payload have come.
  private var receivedCount = 0
  /// The payload of a control frame.
  private var control: [UInt8] = []
  private var assembly: Assembly?

  /// - Parameters:
  ///   - isMasked: Whether the peer is a client.
  ///   - maxFrameSize: The most bytes of a frame's payload.
  ///   - maxMessageSize: The most bytes of a message, when it is expanded.
  ///   - inflater: nil if messages may not be compressed.
  init(isMasked: Bool, maxFrameSize: Int, maxMessageSize: Int, inflater: MessageInflater?) {
    rules = FrameHeader.Rules(
      isMasked: isMasked, mayBeCompressed: inflater != nil, maxPayloadCount: maxFrameSize)
    self.maxMessageSize = maxMessageSize
    self.inflater = inflater
  }

  /// Whether nothing is incomplete.
  var isBetweenMessages: Bool { header == nil && assembly == nil && partialHeader.isEmpty }

  /// How many more bytes the current frame has; 0 if that is not known.
  var missingCount: Int { header.map { $0.payloadCount - receivedCount } ?? 0 }

  /// Nothing more comes: gives back what there is of a message, and the memory for expanding.
  mutating func end() {
    assembly = nil
    control = []
    inflater?.freeze()
    inflater = nil
  }

  /// Goes on to the next event.
  /// - Parameters:
  ///   - bytes: What has come; masks are taken off in place.
  ///   - position: Where in it to begin; afterwards, how far this has come.
  /// - Returns: nil when all bytes are used up: more must come.
  /// - Throws: what is wrong with them; they are of no more use.
  mutating func next(
    _ bytes: UnsafeMutableRawBufferPointer, from position: inout Int
  ) throws(ProtocolViolation) -> Event? {
    while true {
      if header == nil {
        guard let header = try readHeader(bytes, &position) else { return nil }
        if let message = try wholeMessage(header, bytes, &position) { return .message(message) }
        try begin(header)
      }
      let available = UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
      let count = min(missingCount, available.count)
      position += count
      try take(UnsafeMutableRawBufferPointer(rebasing: available[..<count]))
      if missingCount > 0 { return nil }
      if let event = try endFrame() { return event }
    }
  }

  // MARK: Headers

  @inline(__always)
  private mutating func readHeader(
    _ bytes: UnsafeMutableRawBufferPointer, _ position: inout Int
  ) throws(ProtocolViolation) -> FrameHeader? {
    if !partialHeader.isEmpty { return try readRestOfHeader(bytes, &position) }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
    guard let (header, byteCount) = try FrameHeader.parse(rest, rules) else {
      partialHeader = Array(rest)
      position = bytes.count
      return nil
    }
    position += byteCount
    return header
  }

  /// Byte by byte: it arrives in pieces, which is rare.
  private mutating func readRestOfHeader(
    _ bytes: UnsafeMutableRawBufferPointer, _ position: inout Int
  ) throws(ProtocolViolation) -> FrameHeader? {
    while position < bytes.count {
      partialHeader.append(bytes[position])
      position += 1
      let found = partialHeader.withUnsafeBytes { bytes in
        Result { () throws(ProtocolViolation) in try FrameHeader.parse(bytes, rules) }
      }
      if let found = try found.get() {
        partialHeader = []
        return found.header
      }
    }
    return nil
  }

  private mutating func begin(_ header: FrameHeader) throws(ProtocolViolation) {
    self.header = header
    receivedCount = 0
    if header.opcode.isControl {
      control = []
      return
    }
    if header.opcode == .continuation {
      guard assembly != nil else { throw ProtocolViolation("a continuation of no message") }
    } else {
      guard assembly == nil else {
        throw ProtocolViolation("a new message in the middle of another")
      }
      assembly = Assembly(
        kind: header.opcode == .text ? .text : .binary, isCompressed: header.isCompressed)
    }
    if let assembly, !assembly.isCompressed {
      // Both limits may be as high as numbers go.
      let (size, overflows) = assembly.content.count.addingReportingOverflow(header.payloadCount)
      if overflows || size > maxMessageSize {
        throw .tooBig("message", overflows ? .max : size, limit: maxMessageSize)
      }
    }
  }

  // MARK: Payloads

  /// A message of one frame that is all here, as most are: nothing is put together.
  @inline(__always)
  private func wholeMessage(
    _ header: FrameHeader, _ bytes: UnsafeMutableRawBufferPointer, _ position: inout Int
  ) throws(ProtocolViolation) -> WebSocketMessage? {
    guard header.isFinal, !header.isCompressed, assembly == nil,
      header.opcode == .text || header.opcode == .binary,
      header.payloadCount <= bytes.count - position, header.payloadCount <= maxMessageSize
    else { return nil }
    let payload = UnsafeMutableRawBufferPointer(
      rebasing: bytes[position..<position + header.payloadCount])
    position += payload.count
    if let key = header.maskingKey { Masking.apply(key, to: payload) }
    return try Self.message(
      header.opcode == .text ? .text : .binary, UnsafeRawBufferPointer(payload))
  }

  private static func message(
    _ kind: WebSocketMessage.Kind, _ bytes: UnsafeRawBufferPointer
  ) throws(ProtocolViolation) -> WebSocketMessage {
    if kind == .binary { return .binary(Array(bytes)) }
    guard
      let text = String(
        validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self)
    else { throw .invalidText }
    return .text(text)
  }

  private mutating func take(
    _ payload: UnsafeMutableRawBufferPointer
  ) throws(ProtocolViolation) {
    guard let header else { return }
    if let key = header.maskingKey { Masking.apply(key, to: payload, from: receivedCount) }
    receivedCount += payload.count
    let payload = UnsafeRawBufferPointer(payload)
    if header.opcode.isControl {
      control += payload
    } else {
      try append(payload, isLast: header.isFinal && missingCount == 0)
    }
  }

  private mutating func append(
    _ payload: UnsafeRawBufferPointer, isLast: Bool
  ) throws(ProtocolViolation) {
    // Out of its place meanwhile, so that the content stays the only reference to its memory.
    guard var assembly = self.assembly.take() else { return }
    let start = assembly.content.count
    var failure: CompressionError?
    if assembly.isCompressed, let inflater {
      do {
        try inflater.expand(
          payload, isLast: isLast, limit: maxMessageSize, into: &assembly.content)
      } catch { failure = error }
    } else {
      assembly.content += payload
    }
    // Also of what came before a failure: the first fault counts, in whatever pieces they arrive.
    if assembly.kind == .text {
      let isText = assembly.content.withUnsafeBytes {
        assembly.validator.accept(UnsafeRawBufferPointer(rebasing: $0[start...]))
      }
      if !isText { throw .invalidText }
    }
    if let failure { throw violation(of: failure) }
    self.assembly = assembly
  }

  private func violation(of error: CompressionError) -> ProtocolViolation {
    if case .limitExceeded = error {
      return ProtocolViolation(
        .messageTooBig, "a message that expands to over \(maxMessageSize) bytes")
    }
    return ProtocolViolation(.invalidPayload, "a compressed message that cannot be expanded")
  }

  private mutating func endFrame() throws(ProtocolViolation) -> Event? {
    guard let header = header.take() else { return nil }
    switch header.opcode {
    case .ping: return .ping(takeControl())
    case .pong: return .pong(takeControl())
    case .close:
      let payload = takeControl()
      let parsed = payload.withUnsafeBytes { bytes in
        Result { () throws(ProtocolViolation) in try ClosePayload(parsing: bytes) }
      }
      return .close(try parsed.get())
    case .continuation, .text, .binary:
      guard header.isFinal, let assembly = assembly.take() else { return nil }
      if assembly.kind == .binary { return .message(.binary(assembly.content)) }
      guard assembly.validator.isComplete else { throw .invalidText }
      return .message(.text(String(decoding: assembly.content, as: UTF8.self)))
    }
  }

  private mutating func takeControl() -> [UInt8] {
    defer { control = [] }
    return control
  }
}
