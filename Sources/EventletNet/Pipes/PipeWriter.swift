internal import CEventletCore
internal import EventletCore
internal import Glibc

/// The writing end of a pipe, or a FIFO, terminal or other stream that can be written and is no file.
///
/// ```swift
/// let writer = try PipeWriter(adopting: descriptor)
/// try writer.sendAll("hello\n")
/// writer.close()
/// ```
///
/// When nobody reads any more, a call throws ``/EventletCore/SystemError/brokenPipe``. SIGPIPE does
/// not reach the process, whose handlers stay as they are: the signal is held up in the writing OS
/// thread and taken back.
///
/// A second green thread that sends before the first has ended its call gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``, and the first is not
/// disturbed. Closing wakes whoever waits; dropping the last reference closes. Not `Sendable`.
///
/// In Python: `GreenPipe(fd, 'wb')`.
public final class PipeWriter: GreenDescriptor, ByteSink {
  /// Whether its flags are those of other processes too, so that it may be in blocking mode.
  private let isShared: Bool

  /// Takes over a descriptor, and makes it non-blocking.
  ///
  /// As ``PipeReader/init(adopting:)-(Int32)`` in all else.
  /// - Parameter descriptor: An open descriptor that nobody else closes.
  /// - Throws: ``/EventletCore/SystemError`` when it is not open;
  ///   ``/EventletCore/HubError/invalidArgument(_:)`` for a file, which is for ``GreenFile``. It is
  ///   not taken over then.
  public override init(adopting descriptor: Int32) throws {
    _ = try DescriptorKind.ofStream(descriptor)
    isShared = false
    try super.init(adopting: descriptor)
  }

  /// Of ``GreenPipe/make()``, or a child's.
  init(made descriptor: Int32) throws {
    isShared = false
    try super.init(adopting: descriptor)
  }

  /// Takes over a descriptor whose flags are left alone.
  init(sharing descriptor: Int32, isNonBlocking: Bool) throws {
    isShared = !isNonBlocking
    super.init(owning: descriptor)
  }

  /// Sends all bytes, however little room the pipe has.
  ///
  /// Nobody else's of this object come between them.
  /// - Parameters:
  ///   - bytes: The memory must stay as it is until the call returns.
  ///   - timeout: For the whole call, however many waits it needs; nil takes the pipe's
  ///     ``GreenDescriptor/timeout``.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, among them `brokenPipe`;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or timeout throws.
  ///   An unknown part was sent then.
  ///
  /// In Python: `write`.
  public func sendAll(_ bytes: UnsafeRawBufferPointer, timeout: Duration? = nil) throws {
    try sendAll(bytes, "write", timeout) { try send($0, until: $1, timeout) }
  }

  /// Sends what the pipe takes at once; waits until it takes something.
  /// - Returns: the number of bytes. When it throws, none were sent.
  func sendSome(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    let deadline = deadline(nil)
    try begin(.writing, "write")
    defer { record.end(.writing) }
    return try send(bytes, until: deadline, nil)
  }

  private func send(
    _ bytes: UnsafeRawBufferPointer, until deadline: Int64, _ timeout: Duration?
  ) throws -> Int {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return 0 }
    return try perform(.writing, "write", until: deadline, timeout) {
      let count = writeNow(start, bytes.count)
      // In blocking mode a call takes less than there is room for.
      if count >= 0, count < bytes.count, !isShared { record.usedUpWriting() }
      return count
    }
  }

  private func writeNow(_ start: UnsafeRawPointer, _ count: Int) -> Int {
    isShared
      ? ev_write_if_ready(fileDescriptor, start, count) : ev_write(fileDescriptor, start, count)
  }

  /// Sends all bytes, within the pipe's ``GreenDescriptor/timeout``.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: [UInt8]) throws { try sendAll(bytes, timeout: nil) }

  /// Sends all bytes, within `timeout` for the whole call.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: [UInt8], timeout: Duration?) throws {
    // A parameter of our own: no access of anybody else's is open while we wait.
    try bytes.withUnsafeBytes { try sendAll($0, timeout: timeout) }
  }

  /// Sends a string as UTF-8, all of it, within `timeout` for the whole call.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ text: String, timeout: Duration?) throws {
    try sendAll(Array(text.utf8), timeout: timeout)
  }

  /// What it is, for messages.
  public override var description: String { "pipe \(subject)" }
}
