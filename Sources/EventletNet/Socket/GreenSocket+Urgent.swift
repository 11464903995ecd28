internal import CEventletCore
internal import EventletCore
internal import Glibc

// What the stream has beside its bytes in order: a look ahead, and TCP's urgent data, of which there
// is one byte at a time (RFC 9293, 3.8.5; tcp(7)).
extension GreenSocket {
  /// Receives at most `count` bytes and leaves them to be received again; waits for the first.
  ///
  /// Looks at what the kernel has: not at what ``reader`` has received ahead.
  /// - Parameters:
  ///   - count: The most bytes to return, at least 1.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: empty at the end of the stream.
  /// - Throws: as ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``.
  ///
  /// In Python: `recv` with `MSG_PEEK`.
  public func peek(upTo count: Int, timeout: Duration? = nil) throws -> [UInt8] {
    guard count > 0 else {
      throw HubError.invalidArgument("peeking at \(count) bytes: at least one is possible")
    }
    let deadline = deadline(timeout)
    try begin(.reading, "peek")
    defer { record.end(.reading) }
    var bytes = [UInt8](repeating: 0, count: count)
    let seen = try perform(.reading, "peek", until: deadline, timeout) {
      ev_receive(fileDescriptor, &bytes, count, Int32(MSG_PEEK))
    }
    return Array(bytes[..<seen])
  }

  /// Sends one byte as urgent.
  ///
  /// The peer's kernel announces it ahead of what was sent before, and keeps it apart from the
  /// stream unless ``SocketOption/urgentInline`` is on there. A second one makes the first an
  /// ordinary byte.
  /// - Parameters:
  ///   - byte: To be sent.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Throws: as ``send(_:timeout:)-(UnsafeRawBufferPointer,_)``, and EOPNOTSUPP where there is no
  ///   urgent data.
  ///
  /// In Python: `send` with `MSG_OOB`.
  public func sendUrgent(_ byte: UInt8, timeout: Duration? = nil) throws {
    let deadline = deadline(timeout)
    try begin(.writing, "send urgent data")
    defer { record.end(.writing) }
    _ = try perform(.writing, "send urgent data", until: deadline, timeout) {
      withUnsafeBytes(of: byte) {
        ev_send(fileDescriptor, $0.baseAddress.unsafelyUnwrapped, 1, Int32(MSG_OOB))
      }
    }
  }

  /// Takes the urgent byte, if there is one.
  ///
  /// Never switches: ``GreenDescriptor/select(reading:writing:exceptional:timeout:)-([Item],_,_,_)`` waits for one,
  /// as exceptional.
  /// - Returns: nil when there is none, or it is part of the stream.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `recv` with `MSG_OOB`.
  public func receiveUrgent() throws -> UInt8? {
    try requireOpen("receive urgent data")
    var byte: UInt8 = 0
    let count = ev_receive(
      fileDescriptor, &byte, 1, Int32(MSG_OOB | MSG_DONTWAIT))
    if count >= 0 { return count == 1 ? byte : nil }
    // tcp(7): EINVAL for none, EAGAIN for one that is announced and not here yet.
    if ev_errno() == EAGAIN || ev_errno() == EINVAL { return nil }
    throw SystemError(call: "receive urgent data", subject: subject)
  }

  /// Whether what is received next was sent just after the urgent byte; or is that byte, with
  /// ``SocketOption/urgentInline`` (SIOCATMARK).
  /// - Throws: ``/EventletCore/SystemError``.
  public var isAtUrgentMark: Bool {
    get throws {
      try requireOpen("sockatmark")
      let result = sockatmark(fileDescriptor)
      guard result >= 0 else { throw SystemError(call: "sockatmark", subject: subject) }
      return result == 1
    }
  }
}
