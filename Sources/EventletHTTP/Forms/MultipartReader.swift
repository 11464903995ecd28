internal import EventletCore
public import EventletNet

/// Reads a body of several parts as it comes, part by part: RFC 7578, `multipart/form-data`.
///
/// ```swift
/// let reader = try MultipartReader(request.body, contentType: request.headerFields[.contentType])
/// while let part = try reader.nextPart() {
///   guard let name = part.disposition?.safeFilename else { continue }
///   try GreenFile.withOpen("uploads/" + name, .write) { file in
///     while case let piece = try part.receive(upTo: 65_536), !piece.isEmpty {
///       try file.sendAll(piece)
///     }
///   }
/// }
/// ```
///
/// No more is received than the program asks for, and no more than one piece is kept: a client
/// that sends faster than the parts are read waits. ``readForm(limits:)`` is for small forms that
/// may be in memory as a whole.
///
/// Use one from one green thread at a time. A kill or timeout of a call that waits loses nothing:
/// the next call goes on where that one was.
public final class MultipartReader {
  let source: any ByteSource
  private let chunkSize: Int
  private var parser: MultipartParser
  /// What the source has given of the current part and nobody has asked for.
  private var pending: ArraySlice<UInt8> = []
  private var partCount = 0
  /// The number of the part that may be read: none from when the next is asked for until it is here.
  private(set) var openPart: Int?
  /// Whether the end of the part that was begun last is still to come.
  private var isInPart = false

  /// Creates a reader of whatever type of body has parts.
  /// - Parameters:
  ///   - source: Where the body comes from; what stands behind its last boundary stays there.
  ///   - boundary: As the content type says it.
  ///   - limits: How much the body may have of everything but content.
  ///   - chunkSize: How many bytes are received at a time, at least 1; 16 KiB by default.
  /// - Throws: ``FormError/invalidBoundary(_:)``.
  public init(
    _ source: any ByteSource, boundary: String,
    limits: MultipartParser.Limits = MultipartParser.Limits(), chunkSize: Int = 16_384
  ) throws(FormError) {
    require(chunkSize > 0, "MultipartReader: chunkSize \(chunkSize) is not positive")
    self.source = source
    self.chunkSize = chunkSize
    parser = try MultipartParser(boundary: boundary, limits: limits)
  }

  /// Creates a reader of a form.
  /// - Parameters:
  ///   - source: Where the body comes from.
  ///   - contentType: What the message says of it, `multipart/form-data` with a boundary.
  ///   - limits: How much the body may have of everything but content.
  ///   - chunkSize: How many bytes are received at a time, at least 1; 16 KiB by default.
  /// - Throws: ``FormError/unsupportedType(_:)`` for any other type;
  ///   ``FormError/invalidBoundary(_:)``.
  public convenience init(
    _ source: any ByteSource, contentType: String?,
    limits: MultipartParser.Limits = MultipartParser.Limits(), chunkSize: Int = 16_384
  ) throws(FormError) {
    guard let type = contentType.flatMap({ MediaType(parsing: $0) }),
      type.essence == "multipart/form-data"
    else { throw .unsupportedType(contentType) }
    guard let boundary = type["boundary"] else { throw .invalidBoundary(nil) }
    try self.init(source, boundary: boundary, limits: limits, chunkSize: chunkSize)
  }

  /// Goes on to the next part, and passes over what is left of the one before.
  ///
  /// Waits until the fields of the part are here.
  /// - Returns: nil when there is none: the last boundary has come.
  /// - Throws: ``FormError``; what the source throws, a kill or timeout among it.
  public func nextPart() throws -> Part? {
    openPart = nil
    pending = []
    while isInPart { _ = try receivePart() }
    switch try nextEvent() {
    case .partBegins(let fields):
      partCount += 1
      openPart = partCount
      isInPart = true
      return Part(of: self, number: partCount, fields: fields)
    case .end: return nil
    case .data, .partEnds: fatalError("MultipartReader: content outside of a part")
    }
  }

  /// The next content of the current part; empty at its end.
  private func receivePart() throws -> ArraySlice<UInt8> {
    guard isInPart else { return [] }
    switch try nextEvent() {
    case .data(let bytes): return bytes[...]
    case .partEnds:
      isInPart = false
      return []
    case .partBegins, .end: fatalError("MultipartReader: a part without an end")
    }
  }

  func receive(upTo count: Int) throws -> [UInt8] {
    if pending.isEmpty { pending = try receivePart() }
    let taken = pending.prefix(count)
    pending = pending.dropFirst(count)
    return Array(taken)
  }

  /// The parser is never accessed across the wait for more.
  private func nextEvent() throws -> MultipartParser.Event {
    while true {
      if let event = try parser.next() { return event }
      let bytes = try source.receive(upTo: chunkSize)
      if bytes.isEmpty { try parser.finish() } else { parser.feed(bytes) }
    }
  }
}
