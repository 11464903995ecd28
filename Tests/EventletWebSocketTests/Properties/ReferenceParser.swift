@testable import EventletWebSocket

/// The protocol as RFC 6455 tells it, once more and as simply as can be: for all bytes at once, of
/// which nothing is compressed.
struct ReferenceParser {
  private let bytes: [UInt8]
  private let settings: ParserSettings
  private var position = 0
  private var message: (isText: Bool, content: [UInt8])?

  private(set) var events: [MessageParser.Event] = []
  /// The code with which the connection is failed.
  private(set) var failure: WebSocketCloseCode?

  init(_ bytes: [UInt8], _ settings: ParserSettings) {
    self.bytes = bytes
    self.settings = settings
    while failure == nil, parseFrame() {}
  }

  /// - Returns: whether there was a whole frame.
  private mutating func parseFrame() -> Bool {
    guard let start = take(2) else { return false }
    let isFinal = start[0] >= 128
    let opcode = Int(start[0] % 16)
    let isControl = opcode >= 8
    var count = UInt64(start[1] % 128)
    if start[0] / 16 % 8 != 0 || ![0, 1, 2, 8, 9, 10].contains(opcode)
      || (start[1] >= 128) != settings.isMasked || isControl && (!isFinal || count > 125)
    {
      return fail(.protocolError)
    }
    if count > 125 {
      let least: UInt64 = count == 126 ? 126 : 65536
      guard let length = take(count == 126 ? 2 : 8) else { return false }
      count = length.reduce(0) { $0 * 256 + UInt64($1) }
      if count < least || count >= 1 << 63 { return fail(.protocolError) }
    }
    if count > UInt64(settings.maxFrameSize) { return fail(.messageTooBig) }
    var key: [UInt8] = [0, 0, 0, 0]
    if settings.isMasked {
      guard let taken = take(4) else { return false }
      key = taken
    }
    if !isControl, !begin(opcode, count) { return false }
    let isWhole = bytes.count - position >= count
    let masked = bytes[position...].prefix(Int(min(count, UInt64(bytes.count))))
    position += masked.count
    let payload = masked.enumerated().map { $1 ^ key[$0 % 4] }
    if isControl { return isWhole && takeControl(opcode, payload) }
    return takeData(payload, isWhole: isWhole, isFinal: isFinal)
  }

  private mutating func begin(_ opcode: Int, _ count: UInt64) -> Bool {
    if (opcode == 0) != (message != nil) { return fail(.protocolError) }
    if opcode != 0 { message = (opcode == 1, []) }
    let before = UInt64(message?.content.count ?? 0)
    return before + count <= UInt64(settings.maxMessageSize) || fail(.messageTooBig)
  }

  private mutating func takeData(_ payload: [UInt8], isWhole: Bool, isFinal: Bool) -> Bool {
    message?.content += payload
    guard let (isText, content) = message else { return false }
    if isText, !isBeginningOfText(content) { return fail(.invalidPayload) }
    guard isWhole, isFinal else { return isWhole }
    message = nil
    if !isText {
      events.append(.message(.binary(content)))
    } else if let text = String(validating: content, as: UTF8.self) {
      events.append(.message(.text(text)))
    } else {
      return fail(.invalidPayload)
    }
    return true
  }

  private mutating func takeControl(_ opcode: Int, _ payload: [UInt8]) -> Bool {
    switch opcode {
    case 9: events.append(.ping(payload))
    case 10: events.append(.pong(payload))
    default:
      if payload.isEmpty {
        events.append(.close(ClosePayload(.noStatus, "")))
        return true
      }
      let code = payload.prefix(2).reduce(0) { $0 * 256 + Int($1) }
      let mayBeSent =
        code >= 1000 && code < 1015 && ![1004, 1005, 1006].contains(code)
        || code >= 3000 && code < 5000
      guard payload.count > 1, mayBeSent else { return fail(.protocolError) }
      guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else {
        return fail(.invalidPayload)
      }
      events.append(.close(ClosePayload(WebSocketCloseCode(rawValue: UInt16(code)), reason)))
    }
    return true
  }

  private mutating func take(_ count: Int) -> [UInt8]? {
    guard bytes.count - position >= count else { return nil }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  private mutating func fail(_ code: WebSocketCloseCode) -> Bool {
    failure = code
    return false
  }
}

/// Whether some text begins with these bytes: whether they are text, or can be made so by up to three
/// more bytes, of which the first is narrowed down by what comes before it.
func isBeginningOfText(_ bytes: [UInt8]) -> Bool {
  if String(validating: bytes, as: UTF8.self) != nil { return true }
  for first: UInt8 in [0x80, 0x90, 0xA0] {
    for more in 0...2 {
      let rest = [first] + [UInt8](repeating: 0x80, count: more)
      if String(validating: bytes + rest, as: UTF8.self) != nil { return true }
    }
  }
  return false
}
