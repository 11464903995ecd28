internal import EventletCore

extension TLSSocket {
  /// How much is encrypted before it is sent: one system call for four records.
  private static let sendSize = 4 * Engine.recordSize

  /// Sends all bytes.
  ///
  /// Nobody else's come between them, see ``TLSSocket``.
  /// - Parameters:
  ///   - bytes: The memory must stay as it is until the call returns.
  ///   - timeout: For the whole call, a handshake included; nil takes ``timeout``.
  /// - Throws: ``TLSError``; as ``handshake(timeout:)`` if that is not done;
  ///   ``/EventletNet/IOTimeout``; ``/EventletCore/SystemError`` of the socket below; what a
  ///   kill or timeout throws. If any of it may have been sent then, no more can be: later calls
  ///   throw ``TLSError/Reason/sendInterrupted``.
  ///
  /// In Python: `sendall`.
  public func sendAll(_ bytes: UnsafeRawBufferPointer, timeout: Duration? = nil) throws {
    try begin(.send, "send")
    defer { end(.send) }
    let limit = limit(timeout)
    try handshake(limit)
    try takeSendTurn("send", limit)
    defer { sendTurn.release() }
    try requireSendable()
    var rest = bytes
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.sendSize))
      do { try encrypt(part, limit) } catch {
        if rest.count < bytes.count { sending = .interrupted }
        throw error
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
      do { try sendRecords("send", limit) } catch {
        sending = .interrupted
        throw error
      }
    }
  }

  /// Sends all bytes, within the connection's ``timeout``.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: [UInt8]) throws { try sendAll(bytes, timeout: nil) }

  /// Sends all bytes, within `timeout` for the whole call.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: [UInt8], timeout: Duration?) throws {
    // `bytes` is a parameter of our own: no access of anybody else's is open while we wait.
    try bytes.withUnsafeBytes { try sendAll($0, timeout: timeout) }
  }

  /// Sends a string as UTF-8, all of it, within `timeout` for the whole call.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ text: String, timeout: Duration?) throws {
    try sendAll(Array(text.utf8), timeout: timeout)
  }

  /// When this throws, nothing was encrypted.
  private func encrypt(_ bytes: UnsafeRawBufferPointer, _ limit: Limit) throws {
    while true {
      switch engine.write(bytes) {
      case .done: return
      case .failed(let reason): throw error("send", reason)
      case .needsInput: try receiveRest("send", limit)
      }
    }
  }

  private func requireSendable() throws {
    try requireOpen("send")
    switch sending {
    case .possible: return
    case .ended: throw error("send", .sendingEnded)
    case .interrupted: throw error("send", .sendInterrupted)
    }
  }
}
