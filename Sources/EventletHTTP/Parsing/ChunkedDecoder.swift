/// Takes a chunked body apart: a state machine without I/O (RFC 9112, 7.1).
///
/// The lines between the data are its own; data it only counts, so that it can go straight to where
/// it is wanted.
struct ChunkedDecoder {
  private enum State {
    case size
    case extensions
    case sizeLineFeed
    case data
    case dataReturn
    case dataLineFeed
    case trailerLine
    case trailerLineFeed
    case end
  }

  private var state = State.size
  private var size = 0
  private var digits = 0
  private var overhead = 0
  private let limits: HTTPLimits
  /// The lines of the trailers, each with its end.
  private(set) var trailers: [UInt8] = []
  /// Where in these their fields are.
  private(set) var trailerFields: [RequestHead.Field] = []
  private var trailerLineStart = 0

  init(limits: HTTPLimits) { self.limits = limits }

  /// How many bytes of data come next, before the decoder has to see more.
  var dataCount: Int { state == .data ? size : 0 }

  var isAtEnd: Bool { state == .end }

  /// Notes that so much data was taken.
  mutating func takeData(_ count: Int) {
    size -= count
    if size == 0 { state = .dataReturn }
  }

  /// Takes what is not data, up to data or the end of the body.
  /// - Returns: how many bytes were taken.
  mutating func takeControl(_ bytes: UnsafeRawBufferPointer) throws(RequestError) -> Int {
    var position = 0
    while position < bytes.count, state != .data, state != .end {
      try take(bytes[position])
      position += 1
    }
    return position
  }

  private mutating func take(_ byte: UInt8) throws(RequestError) {
    switch state {
    case .size: try takeSize(byte)
    case .extensions:
      if byte == ByteClass.carriageReturn {
        state = .sizeLineFeed
      } else {
        try countOverhead()
        // A lone LF would end the line for some readers.
        if ByteClass.isForbiddenInValue(byte) { throw RequestError(.malformedChunk) }
      }
    case .sizeLineFeed:
      try expect(byte, ByteClass.lineFeed)
      state = size > 0 ? .data : .trailerLine
    case .dataReturn:
      try expect(byte, ByteClass.carriageReturn)
      state = .dataLineFeed
    case .dataLineFeed:
      try expect(byte, ByteClass.lineFeed)
      state = .size
      size = 0
      digits = 0
    case .trailerLine:
      if byte == ByteClass.carriageReturn {
        state = .trailerLineFeed
      } else if byte == ByteClass.lineFeed {
        throw RequestError(.malformedLineEnding)
      } else {
        try countOverhead()
      }
      trailers.append(byte)
    case .trailerLineFeed:
      if byte != ByteClass.lineFeed { throw RequestError(.malformedLineEnding) }
      let line = trailerLineStart..<trailers.count - 1
      trailers.append(byte)
      trailerLineStart = trailers.count
      state = line.isEmpty ? .end : .trailerLine
      if !line.isEmpty { try takeTrailer(line) }
    case .data, .end: break
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(RequestError) {
    if let digit = ByteClass.hexadecimalValue(byte) {
      digits += 1
      // As many as a number of 64 bits has, less the sign: leading zeros count.
      if digits > 16 || size >= 1 << 58 { throw RequestError(.malformedChunk) }
      size = size << 4 | digit
      return
    }
    guard digits > 0 else { throw RequestError(.malformedChunk) }
    switch byte {
    case ByteClass.carriageReturn: state = .sizeLineFeed
    case UInt8(ascii: ";"):
      try countOverhead()
      state = .extensions
    default: throw RequestError(.malformedChunk)
    }
  }

  private mutating func takeTrailer(_ line: Range<Int>) throws(RequestError) {
    if trailerFields.count == limits.fieldCount { throw RequestError(.tooManyFields) }
    let field = try trailers.span.bytes.withUnsafeBytes { bytes throws(RequestError) in
      try FieldLine.parse(line, of: bytes)
    }
    trailerFields.append(field)
  }

  private mutating func countOverhead() throws(RequestError) {
    overhead += 1
    if overhead > limits.chunkOverhead { throw RequestError(.chunkOverheadTooLong) }
  }

  private func expect(_ byte: UInt8, _ expected: UInt8) throws(RequestError) {
    if byte != expected { throw RequestError(.malformedChunk) }
  }
}
