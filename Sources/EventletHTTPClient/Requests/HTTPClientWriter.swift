internal import EventletCore
public import EventletNet

/// Writes the body of a request piece by piece.
///
/// ```swift
/// let response = try client.post(url, body: .stream(length: 12) { writer in
///   try writer.write("Hello, ")
///   try writer.write("all!\n")
/// })
/// ```
///
/// At most 64 KiB are held; a server that takes them more slowly makes the writing wait. A kill or
/// timeout that reaches a write leaves an unknown part of it written. One green thread writes at a time: a
/// second one gets ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``.
public final class HTTPClientWriter: ByteSink {
  private let transfer: Transfer
  private let length: Int?
  private var isEnded = false
  /// How many bytes have been written.
  public private(set) var count = 0

  /// Thrown through the program's closure when what it writes is of no use any more.
  struct NoUse: Error, CustomStringConvertible {
    var description: String { "the server has answered, or is gone: no more of the body is sent" }
  }

  init(_ transfer: Transfer, length: Int?) {
    self.transfer = transfer
    self.length = length
  }

  /// Writes bytes, and waits while the server takes them too slowly.
  /// - Throws: what says that no more is sent, which should leave the closure, for the call to return the
  ///   answer or throw what happened; ``HTTPClientTimeout``; ``HTTPClientError`` for more bytes than were
  ///   announced; what a kill or timeout throws.
  public func write(_ bytes: [UInt8]) throws {
    // `bytes` is a parameter of our own: no access of anybody else's is open while this waits.
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Writes text as UTF-8.
  /// - Throws: as for bytes.
  public func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes bytes.
  /// - Parameter bytes: The memory must stay as it is until the call returns.
  /// - Throws: as for an array.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard let upload = transfer.upload, !isEnded else { throw NoUse() }
    if let length, count + bytes.count > length {
      throw mismatch(announced: length, written: count + bytes.count)
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      try transfer.letOthersRun(as: .writer)
      while !upload.hasRoom, !transfer.refusesUpload { try transfer.waitForRoom() }
      if transfer.refusesUpload { throw NoUse() }
      let piece = rest.prefix(Upload.mostHeld)
      rest = rest.dropFirst(piece.count)
      count += piece.count
      transfer.write(UnsafeRawBufferPointer(rebasing: piece))
    }
  }

  /// As ``write(_:)-([UInt8])``: so a writer is what things are sent to.
  public func sendAll(_ bytes: [UInt8]) throws { try write(bytes) }

  /// Ends the body, as the return of the closure does.
  ///
  /// May be called twice. Of a body with a length that is not reached, the call that waits for the answer
  /// throws ``HTTPClientError/Reason/bodyLengthMismatch(announced:written:)``.
  public func close() { try? finish() }

  /// - Throws: for a body that is too short.
  func finish() throws {
    guard !isEnded else { return }
    isEnded = true
    if let length, count < length, !transfer.refusesUpload {
      let error = mismatch(announced: length, written: count)
      transfer.cancel(error)
      throw error
    }
    transfer.endUpload()
  }

  /// The error of a body, or a part of one, that has another length than announced.
  func mismatch(announced: Int, written: Int) -> HTTPClientError {
    transfer.error(.bodyLengthMismatch(announced: announced, written: written))
  }
}
