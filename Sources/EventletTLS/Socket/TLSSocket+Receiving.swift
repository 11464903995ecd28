internal import CEventletTLS
internal import EventletCore

extension TLSSocket {
  /// Receives into memory of the caller's; waits for the first byte.
  ///
  /// Bytes that are decrypted already come first, without a look at the stream below.
  /// - Parameters:
  ///   - buffer: Where to; with no room it waits until there is something to receive and returns 0.
  ///   - timeout: For the whole call, a handshake included; nil takes ``timeout``.
  /// - Returns: the number of bytes; 0 at the end of TLS.
  /// - Throws: ``TLSError``, ``TLSError/Reason/truncated`` among them; as
  ///   ``handshake(timeout:)`` if that is not done; ``/EventletNet/IOTimeout``;
  ///   ``/EventletCore/SystemError`` of the socket below; what a kill or timeout throws, and then
  ///   nothing was received.
  ///
  /// In Python: `recv_into`.
  public func receive(
    into buffer: UnsafeMutableRawBufferPointer, timeout: Duration? = nil
  ) throws -> Int {
    try begin(.receive, "receive")
    defer { end(.receive) }
    let limit = limit(timeout)
    try handshake(limit)
    if buffer.isEmpty {
      _ = try next(limit) { engine.peek() }
      return 0
    }
    return try next(limit) { read(into: buffer) }
  }

  /// Receives at most `count` bytes; waits for the first.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - timeout: For the whole call, a handshake included; nil takes ``timeout``.
  /// - Returns: empty at the end of TLS.
  /// - Throws: as ``receive(into:timeout:)``.
  ///
  /// In Python: `recv`.
  public func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8] {
    try begin(.receive, "receive")
    defer { end(.receive) }
    let limit = limit(timeout)
    try handshake(limit)
    guard count > 0 else {
      _ = try next(limit) { engine.peek() }
      return []
    }
    var bytes: [UInt8] = []
    _ = try next(limit) {
      // No memory is kept for it while this waits.
      guard engine.mayGiveSomething else { return .needsInput }
      var reading = Engine.Reading.needsInput
      // No more than is here can come of it, and one record is not longer than this.
      let room = max(Engine.recordSize, engine.channel.pointee.incoming.count)
      // Nothing switches in here.
      bytes = [UInt8](unsafeUninitializedCapacity: min(count, room)) { buffer, filled in
        reading = read(into: UnsafeMutableRawBufferPointer(buffer))
        if case .bytes(let count) = reading { filled = count }
      }
      if bytes.isEmpty { bytes = [] }
      return reading
    }
    return bytes
  }

  /// Receives at most `count` bytes; waits for the first.
  ///
  /// As ``receive(upTo:timeout:)`` with the connection's own ``timeout``.
  public func receive(upTo count: Int) throws -> [UInt8] {
    try receive(upTo: count, timeout: nil)
  }

  /// Whether a call that receives would return, or throw, without a look at the stream below.
  ///
  /// What was received and decrypted is not seen by those who wait for the descriptor: ask this
  /// first. Never switches.
  ///
  /// ```swift
  /// if !connection.hasBufferedData { _ = try Hub.current.waitUntilReadable(descriptor) }
  /// ```
  ///
  /// In Python: `pending() > 0`.
  public var hasBufferedData: Bool {
    guard state == .open, receiving == .possible else { return true }
    guard isHandshakeDone else { return engine.failure != nil }
    guard engine.mayGiveSomething else { return false }
    if case .needsInput = engine.peek() { return false }
    return true
  }

  /// As many records as are here and fit.
  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Engine.Reading {
    guard engine.mayGiveSomething else { return .needsInput }
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let reading = engine.read(into: rest)
      guard case .bytes(let count) = reading else {
        // What follows the bytes is found again at the next call.
        return filled > 0 ? .bytes(filled) : reading
      }
      filled += count
      if !engine.mayGiveSomething { break }
    }
    return .bytes(filled)
  }

  /// Waits until `read` gives something.
  /// - Returns: The number of bytes; 0 at the end.
  private func next(_ limit: Limit, _ read: () -> Engine.Reading) throws -> Int {
    while true {
      switch receiving {
      case .possible: break
      case .ended: return 0
      case .truncated: throw error("receive", .truncated)
      }
      switch read() {
      case .bytes(let count):
        shrinkIncoming()
        return count
      case .ended:
        receiving = .ended
        return 0
      case .failed(let reason):
        sendLastWords()
        throw error("receive", reason)
      case .needsInput: try receiveMore(limit)
      }
    }
  }

  private func receiveMore(_ limit: Limit) throws {
    // Of a KeyUpdate or an alert.
    try sendAnswers(limit)
    try boundAnswers("receive", limit)
    if try receiveRecords("receive", limit) { return }
    receiving = engine.context.acceptsTruncation ? .ended : .truncated
  }
}
