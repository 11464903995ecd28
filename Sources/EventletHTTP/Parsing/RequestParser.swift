internal import Glibc

/// Parses the head of a request: a state machine without I/O.
///
/// It is given all bytes of the head that are there, again and again as more come, and looks at each
/// once: lines are parsed when they are complete. It copies nothing. Strict as RFC 9112 allows:
/// whatever two readers of one stream might take differently is refused, because that is what request
/// smuggling lives on.
struct RequestParser {
  private enum State {
    case start
    case fields
  }

  private let limits: HTTPLimits
  private var state = State.start
  /// Where the line begins that is not complete yet.
  private var lineStart = 0
  /// Up to where it has been searched for its end.
  private var searched = 0
  private var fieldBytes = 0
  private var hasSkippedEmptyLine = false
  private var framing = FramingFields()

  init(limits: HTTPLimits) { self.limits = limits }

  /// Begins with another head.
  mutating func reset() {
    state = .start
    lineStart = 0
    searched = 0
    fieldBytes = 0
    hasSkippedEmptyLine = false
    framing = FramingFields()
  }

  /// Whether something of a head has come, be it an empty line.
  var hasBegun: Bool { searched > 0 }

  /// Whether the request line has come, and is one.
  var hasRequestLine: Bool { state == .fields }

  /// Goes on with what has come.
  /// - Parameters:
  ///   - bytes: All that has come from the beginning of the head on.
  ///   - head: Filled in; complete when this returns true.
  /// - Returns: whether the head is complete. Its `byteCount` tells where the body begins.
  /// - Throws: ``RequestError``.
  mutating func parse(
    _ bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) -> Bool {
    while let end = lineEnd(in: bytes) {
      try checkLine(of: bytes, upTo: end + 1)
      guard end > lineStart, bytes[end - 1] == ByteClass.carriageReturn else {
        throw RequestError(.malformedLineEnding)
      }
      let line = lineStart..<end - 1
      lineStart = end + 1
      searched = end + 1
      switch state {
      case .start:
        if line.isEmpty, !hasSkippedEmptyLine {
          // After the body of the request before, some clients send one (RFC 9112, 2.2).
          hasSkippedEmptyLine = true
          continue
        }
        try RequestLine.parse(line, of: bytes, into: &head)
        state = .fields
      case .fields:
        fieldBytes += line.count + 2
        if line.isEmpty {
          try framing.interpret(bytes, into: &head)
          head.byteCount = lineStart
          return true
        }
        if head.fields.count == limits.fieldCount { throw RequestError(.tooManyFields) }
        let field = try FieldLine.parse(line, of: bytes)
        try framing.note(field, at: head.fields.count, of: bytes)
        head.fields.append(field)
      }
    }
    searched = bytes.count
    try checkLine(of: bytes, upTo: bytes.count)
    return false
  }

  private func lineEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard searched < bytes.count, let base = bytes.baseAddress else { return nil }
    // SAFETY: `searched` lies within the bytes.
    guard let found = memchr(base + searched, Int32(ByteClass.lineFeed), bytes.count - searched)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// Refuses what need not wait for the end of the line, which may never come.
  ///
  /// A line that has come as a whole is asked first, too: so the answer does not depend on the pieces
  /// in which it came. Eventlet reads a line with a limit, and one that reaches it is too long.
  private func checkLine(
    of bytes: UnsafeRawBufferPointer, upTo end: Int
  ) throws(RequestError) {
    guard end > lineStart else { return }
    let count = end - lineStart
    switch state {
    case .start:
      // Such as of a client that speaks TLS.
      let first = bytes[lineStart]
      guard ByteClass.isToken(first) || ByteClass.isLineEnd(first) else {
        throw RequestError(.malformedRequestLine)
      }
      if count >= limits.requestLine { throw RequestError(.requestLineTooLong) }
    case .fields:
      let left = limits.fields - fieldBytes
      if count >= limits.fieldLine || count > left {
        // The one that was exceeded by an earlier byte.
        throw RequestError(left < limits.fieldLine ? .fieldsTooLong : .fieldLineTooLong)
      }
    }
  }
}
