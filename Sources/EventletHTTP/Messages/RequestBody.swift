internal import EventletCore
public import EventletNet
public import HTTPTypes

/// The body of a request, received as it is read.
///
/// ```swift
/// router.put("/report") { request in
///   try GreenFile.withOpen("/srv/report.pdf", .write) { file in
///     try request.body.forEach { piece in try file.sendAll(piece) }
///   }
///   return .status(.created)
/// }
/// ```
///
/// A client that sends faster than the body is read waits: no more is held here than one buffer. A
/// client that has sent `Expect: 100-continue` is told to go on when the body is first read. What the
/// handler has not read is thrown away afterwards, up to ``HTTPLimits/discardedBody``.
///
/// Reading throws ``RequestError`` when the body is malformed, too long, or does not come; a handler
/// that lets it go on answers with its status. A kill or timeout while it waits loses nothing.
/// Once the response has been sent, reading throws ``HTTPServerError/requestEnded``. One green thread
/// reads at a time: a second one gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``.
///
/// In Python: `wsgi.input`.
public final class RequestBody: ByteSource, ReadFaultObserving {
  @exclusivity(unchecked) private(set) var receiver: BodyReceiver?
  /// What reads from the receiver, if the body is in a coding that is to be taken off.
  @exclusivity(unchecked) private var decoder: BodyDecoder?
  @exclusivity(unchecked) private var hasEnded = false
  @exclusivity(unchecked) private var ownLength: Int?
  @exclusivity(unchecked) private var ownTrailers: HTTPFields?
  /// Whether a reader has not found in it what it was to find.
  @exclusivity(unchecked) private(set) var hasReadFault = false

  init() {}

  func begin(_ receiver: BodyReceiver?) {
    // There is none, as a rule, and was none: what is not stored counts no references.
    if receiver != nil || self.receiver != nil { self.receiver = receiver }
    hasEnded = false
    hasReadFault = false
    if ownTrailers != nil { ownTrailers = nil }
  }

  /// Nothing is read after this.
  func end() {
    ownLength = length
    if let receiver {
      ownTrailers = receiver.trailers
      self.receiver = nil
    }
    if decoder != nil { decoder = nil }
    hasEnded = true
  }

  package func noteReadFault() { hasReadFault = true }

  /// Has the body's codings taken off, of which the first is the outermost.
  ///
  /// At most `limit` bytes may come out, nil is as many as the body may have; and no more than
  /// `maximumRatio` times what goes in.
  func decode(_ codings: [ContentCoding], limit: Int?, maximumRatio: Int) {
    guard let receiver, decoder == nil, !codings.isEmpty else { return }
    let limits = DecodingLimits(size: limit ?? receiver.limit, maximumRatio: maximumRatio)
    decoder = BodyDecoder(codings, of: receiver, limits)
  }

  private func requireReceiver() throws -> BodyReceiver? {
    if hasEnded { throw HTTPServerError.requestEnded }
    return receiver
  }

  /// How long the body is, if the client has said so; 0 if there is none, nil if it is sent in chunks
  /// or expanded by ``requestDecompression(limit:maximumRatio:)``.
  ///
  /// In Python: `CONTENT_LENGTH`.
  public var length: Int? {
    if hasEnded { return ownLength }
    return decoder == nil ? receiver.map(\.announcedLength) ?? 0 : nil
  }

  /// Whether there is nothing to read: no body, or none left.
  ///
  /// Of a body that is sent in chunks that is known when a read has found its end. True once the
  /// response has been sent.
  public var isAtEnd: Bool { decoder?.isAtEnd ?? receiver?.isAtEnd ?? true }

  /// How many bytes may be read of the body; ``HTTPLimits/body`` of the server at first.
  ///
  /// nil is any number. To be set before the body is read. Of one that is expanded it counts what it
  /// becomes. A read that finds more throws ``RequestError`` with
  /// ``RequestError/Reason/bodyTooLong(limit:)``, which answers with 413.
  public var limit: Int? {
    get { decoder == nil ? receiver?.limit : decoder?.limit }
    set { if let decoder { decoder.limit = newValue } else { receiver?.limit = newValue } }
  }

  /// The fields that came after the body; empty before its end.
  ///
  /// Not to be taken for fields of the head (RFC 9110, 6.5).
  public var trailers: HTTPFields { ownTrailers ?? receiver?.trailers ?? HTTPFields() }

  /// Receives into memory of the caller's; waits for the first byte.
  /// - Parameter buffer: The memory must stay until the call returns.
  /// - Returns: the number of bytes; 0 at the end of the body.
  /// - Throws: ``RequestError``; what keeps the connection from being read; a kill or timeout, and
  ///   then nothing was received.
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if let decoder { return try decoder.receive(into: buffer) }
    return try requireReceiver()?.receive(into: buffer) ?? 0
  }

  /// Receives at most `count` bytes, and at most 1 MiB; waits for the first.
  /// - Parameter count: 0 and less receive nothing, and do not wait.
  /// - Returns: empty at the end of the body.
  /// - Throws: as ``receive(into:)``.
  ///
  /// In Python: `read(count)`, which waits for all of them.
  public func receive(upTo count: Int) throws -> [UInt8] {
    if let decoder { return try decoder.receive(upTo: count) }
    return try requireReceiver()?.receive(upTo: count) ?? []
  }

  /// Reads what is left of the body.
  /// - Parameter limit: The most bytes to take; nil, the default, leaves it at ``limit``.
  /// - Returns: the bytes, perhaps none.
  /// - Throws: as ``receive(into:)``; ``RequestError`` when there are more.
  ///
  /// In Python: `read()`.
  public func readAll(limit: Int? = nil) throws -> [UInt8] {
    guard let receiver = try requireReceiver() else { return [] }
    var bytes: [UInt8] = []
    if decoder == nil, let rest = receiver.remainingCount {
      if let limit, rest > limit { throw RequestError(.bodyTooLong(limit: limit)) }
      bytes.reserveCapacity(min(rest, 1 << 20))
    }
    while true {
      let piece = try receive(upTo: 65_536)
      if piece.isEmpty { return bytes }
      bytes += piece
      if let limit, bytes.count > limit { throw RequestError(.bodyTooLong(limit: limit)) }
    }
  }

  /// Reads what is left of the body as UTF-8; bytes that are not come as U+FFFD.
  /// - Parameter limit: As for ``readAll(limit:)``.
  /// - Returns: the text, perhaps empty.
  /// - Throws: as ``readAll(limit:)``.
  public func readText(limit: Int? = nil) throws -> String {
    String(decoding: try readAll(limit: limit), as: UTF8.self)
  }

  /// Calls `body` with piece after piece as they come, at most 64 KiB each and none of them empty.
  /// - Throws: as ``receive(into:)``; what `body` throws, and then the rest can still be read.
  ///
  /// In Python: iteration.
  public func forEach(_ body: ([UInt8]) throws -> Void) throws {
    while true {
      let piece = try receive(upTo: 65_536)
      if piece.isEmpty { return }
      try body(piece)
    }
  }

  /// Reads lines, exact counts and up to delimiters.
  ///
  /// ```swift
  /// let lines = request.body.makeReader()
  /// while let line = try lines.readLine() { try add(line) }
  /// ```
  ///
  /// Keep one for the whole body: it receives ahead.
  ///
  /// In Python: `readline`.
  public func makeReader() -> BufferedReader { BufferedReader(self) }

  /// Tells a client that waits for it to send the body, if that has not been done: reading does it
  /// by itself.
  ///
  /// May be called again, with other fields, between reads. Does nothing if the client does not
  /// wait for it, and once a response has begun.
  /// - Parameter fields: Sent along.
  /// - Throws: what keeps the connection from being written; a kill or timeout.
  ///
  /// In Python: `send_hundred_continue_response`, `set_hundred_continue_response_headers`.
  public func sendContinue(_ fields: HTTPFields = HTTPFields()) throws {
    try requireReceiver()?.sendContinue(fields)
  }

  /// Reads no more: what is left is thrown away when the response has been sent.
  public func close() {}
}
