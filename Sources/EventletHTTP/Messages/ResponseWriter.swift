internal import EventletCore
public import EventletNet
public import HTTPTypes

/// Writes the body of a response piece by piece.
///
/// ```swift
/// return .stream { writer in
///   for try row in rows { try writer.write(row.text) }
/// }
/// ```
///
/// Small pieces are collected until there is ``HTTPServer/Configuration/minimumChunkSize``;
/// ``flush()`` sends what there is, also where ``responseCompression(_:)`` collects on. Empty pieces
/// are nothing. A kill or timeout that reaches a write leaves the client with a part, and the
/// connection is cut; only where another green thread is sending, as one that reads the request's
/// body may be, nothing has been written then, and one may go on. One green thread writes at a time: a
/// second one gets ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``.
///
/// Good until the closure that it was given to has returned; later calls throw
/// ``HTTPServerError/requestEnded``.
///
/// In Python: `write`, and the iterable's pieces.
public final class ResponseWriter: ByteSink {
  enum Framing {
    /// No body is sent: what is written is nothing.
    case none
    case length(Int)
    case chunked
    /// The end of the connection is the end of the body.
    case untilClose
  }

  private let connection: HTTPConnection
  private let framing: Framing
  /// What takes the bytes in place of the connection; nil as a rule.
  private let encoder: BodyEncoder?
  private let piece: OutputBuffer
  private var hasEnded = false
  /// Who sends: what another wrote would get between the parts.
  private var sender: AnyGreenThread?
  /// How many bytes have been written, those that were collected and not sent yet among them.
  public private(set) var count = 0

  /// How many bytes are collected before they are sent; 0 or 1 sends each piece.
  ///
  /// That of the server at first.
  ///
  /// In Python: `eventlet.minimum_write_chunk_size`.
  public var minimumChunkSize: Int

  /// Fields to be sent after the body (RFC 9110, 6.5); none at first.
  ///
  /// Those that are there when the closure returns. Sent behind chunks only: not where the length is
  /// known, or to HTTP/1.0.
  public var trailers = HTTPFields()

  init(_ connection: HTTPConnection, _ framing: Framing) {
    self.connection = connection
    self.framing = framing
    encoder = nil
    piece = OutputBuffer(connection.server.buffers)
    minimumChunkSize = connection.configuration.minimumChunkSize
  }

  /// One whose bytes an encoder takes, which writes to `outer`.
  init(_ encoder: BodyEncoder, before outer: ResponseWriter, length: Int?) {
    connection = outer.connection
    framing = length.map(Framing.length) ?? .untilClose
    self.encoder = encoder
    piece = OutputBuffer(connection.server.buffers)
    minimumChunkSize = outer.minimumChunkSize
    trailers = outer.trailers
  }

  /// Writes bytes, and waits while the client takes them too slowly.
  /// - Throws: ``HTTPServerError``; what keeps the connection from being written; a kill or timeout.
  public func write(_ bytes: [UInt8]) throws {
    // `bytes` is a parameter of our own: no access of anybody else's is open while this waits.
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Writes text as UTF-8.
  /// - Throws: as for bytes.
  public func write(_ text: String) throws {
    let more = text.utf8.count
    guard try mayWrite(more) else { return }
    try collecting(more) { piece.append(text) }
  }

  /// Writes bytes.
  /// - Parameter bytes: The memory must stay as it is until the call returns.
  /// - Throws: as for an array.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard try mayWrite(bytes.count) else { return }
    guard bytes.count >= max(minimumChunkSize, 16_384) else {
      return try collecting(bytes.count) { piece.append(bytes) }
    }
    try sending {
      try sendPiece()
      try send(bytes)
      count += bytes.count
    }
  }

  /// As ``write(_:)-([UInt8])``: so a writer is what things are sent to.
  public func sendAll(_ bytes: [UInt8]) throws { try write(bytes) }

  /// Sends what has been collected, and the head if it has not been sent.
  /// - Throws: as ``write(_:)-([UInt8])``.
  public func flush() throws {
    try requireOpen()
    try sending {
      try sendPiece()
      if let encoder { try encoder.flush() } else { try connection.flush() }
    }
  }

  /// Writes a part of a file, from the kernel's memory where that is possible.
  /// - Parameters:
  ///   - file: The descriptor of a regular file, which stays open and where it is.
  ///   - offset: Of the first byte.
  ///   - count: How many bytes; fewer are an error of the response's length.
  /// - Throws: as ``write(_:)-([UInt8])``; what keeps the file from being read.
  public func writeFile(_ file: Int32, from offset: Int, count: Int) throws {
    guard try mayWrite(count) else { return }
    try sending {
      try sendPiece()
      self.count += try send(file, from: offset, count: count)
    }
  }

  private func send(_ file: Int32, from offset: Int, count: Int) throws -> Int {
    guard let encoder else {
      return try connection.sendFile(file, from: offset, count: count, framing)
    }
    return try FileCopying.send(file, from: offset, count: count) { piece in
      try piece.withUnsafeBytes { try encoder.write($0) }
    }
  }

  /// Whether something is left to be done with a piece.
  private func mayWrite(_ more: Int) throws -> Bool {
    try requireOpen()
    if more == 0 { return false }
    switch framing {
    case .none: return false
    case .length(let length):
      if count + more > length {
        throw HTTPServerError.contentLengthMismatch(announced: length, sent: count + more)
      }
    case .chunked, .untilClose: break
    }
    return true
  }

  private func requireOpen() throws {
    if hasEnded { throw HTTPServerError.requestEnded }
    if let sender { throw HubError.second(.writing, of: connection.descriptor, after: sender) }
  }

  /// Adds to what is collected, and sends it if there is enough.
  private func collecting(_ more: Int, _ append: () -> Void) throws {
    if piece.count + more < minimumChunkSize {
      append()
      count += more
      return
    }
    try sending {
      append()
      count += more
      try sendPiece()
    }
  }

  /// Has something send, alone.
  ///
  /// Nothing is changed before that: a kill or timeout that comes while somebody else sends leaves
  /// everything as it was.
  private func sending(_ send: () throws -> Void) throws {
    sender = GreenThread.current
    defer { sender = nil }
    try connection.waitForSender()
    try send()
  }

  private func sendPiece() throws {
    if piece.isEmpty { return }
    // What is sent in part cannot be sent again: it is gone, whatever happens.
    defer { piece.removeAll() }
    try send(piece.bytes)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws {
    guard let encoder else { return try connection.sendBody(bytes, framing) }
    try encoder.write(bytes)
    if minimumChunkSize <= 1 { try encoder.flush() }
  }

  /// Ends the body.
  func finish() throws {
    // Somebody whom the handler has left behind may still be sending.
    try requireOpen()
    if case .length(let length) = framing, count != length {
      throw HTTPServerError.contentLengthMismatch(announced: length, sent: count)
    }
    // As a sender to the end: what another wrote behind it would be taken for the next response.
    try sending {
      try sendPiece()
      if let encoder {
        try encoder.finish(trailers)
      } else if case .chunked = framing {
        connection.appendChunkedEnd(trailers)
      }
      hasEnded = true
    }
  }

  /// Of no more use, however it has ended.
  func end() {
    hasEnded = true
    encoder?.end()
    if sender == nil { piece.giveBack() }
  }

  /// Does nothing: the body ends when the closure that writes it returns.
  public func close() {}
}
