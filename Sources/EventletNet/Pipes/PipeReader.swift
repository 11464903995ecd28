internal import CEventletCore
internal import EventletCore
internal import Glibc

/// The reading end of a pipe, or a FIFO, terminal or other stream that can be read and is no file.
///
/// ```swift
/// let reader = try PipeReader(adopting: descriptor)
/// while let line = try reader.reader.readLine() { print(line) }
/// ```
///
/// A second green thread that reads before the first has ended its call gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``, and the first is not
/// disturbed. Closing wakes whoever waits; dropping the last reference closes. Not `Sendable`.
///
/// In Python: `GreenPipe(fd, 'rb')`.
public final class PipeReader: GreenDescriptor, ByteSource {
  /// Whether its flags are those of other processes too, so that it may be in blocking mode.
  private let isShared: Bool
  /// Then a call that reads less than it might has left nothing behind.
  private let isPlainPipe: Bool
  private let isTerminal: Bool
  private lazy var readBuffer = ReadBuffer()

  /// Reads lines, exact counts, up to delimiters, and all.
  ///
  /// All readers of one pipe are as one, as those of ``GreenSocket/reader``.
  public var reader: BufferedReader { BufferedReader(self, buffer: readBuffer) }

  /// Reads what is here ahead of its reader, without taking it.
  var bufferedBytes: [UInt8] { readBuffer.contents }

  /// Takes over a descriptor, and makes it non-blocking.
  ///
  /// O_NONBLOCK belongs to what was opened and not to the number: another process that has it too
  /// sees the change. For the program's own standard streams use ``StandardStream``, for a
  /// descriptor that is to stay as it is ``ForeignDescriptor``. For both directions of one
  /// descriptor, as of a terminal, adopt a duplicate as ``PipeWriter``.
  /// - Parameter descriptor: An open descriptor that nobody else closes.
  /// - Throws: ``/EventletCore/SystemError`` when it is not open;
  ///   ``/EventletCore/HubError/invalidArgument(_:)`` for a file, which is for ``GreenFile``. It is
  ///   not taken over then.
  public override init(adopting descriptor: Int32) throws {
    let kind = try DescriptorKind.ofStream(descriptor)
    isShared = false
    isPlainPipe = false
    isTerminal = kind.isTerminal
    try super.init(adopting: descriptor)
    // A FIFO that nobody has opened for writing yet is at its end for read(2), but not for poll(2).
    if kind.isPipe, readiness() != 0 { record.usedUpReading() }
  }

  /// Of ``GreenPipe/make()``, or a child's.
  init(made descriptor: Int32) throws {
    isShared = false
    isPlainPipe = true
    isTerminal = false
    try super.init(adopting: descriptor)
  }

  /// Takes over a descriptor whose flags are left alone.
  init(sharing descriptor: Int32, isNonBlocking: Bool) throws {
    isShared = !isNonBlocking
    isPlainPipe = false
    isTerminal = isatty(descriptor) == 1
    super.init(owning: descriptor)
  }

  /// 0 if there is something to read, be it the end; else -1, and EAGAIN in `errno`.
  private func readiness() -> Int {
    var events: UInt32 = 0
    let interest = UInt32(EV_READABLE)
    let found = withUnsafePointer(to: fileDescriptor) { ev_poll($0, [interest], &events, 1, 0) }
    if found > 0 { return 0 }
    errno = EAGAIN
    return -1
  }

  /// Receives into memory of the caller's; waits for the first byte.
  /// - Parameters:
  ///   - buffer: Where to; with no room it waits for readability and returns 0.
  ///   - timeout: For the whole call; nil takes the pipe's ``GreenDescriptor/timeout``.
  /// - Returns: the number of bytes; 0 at the end: no writing end is open any more.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or timeout throws,
  ///   and then nothing was received.
  ///
  /// In Python: `readinto`.
  public func receive(
    into buffer: UnsafeMutableRawBufferPointer, timeout: Duration? = nil
  ) throws -> Int {
    let deadline = deadline(timeout)
    try begin(.reading, "read")
    defer { record.end(.reading) }
    guard let start = buffer.baseAddress, buffer.count > 0 else {
      return try perform(.reading, "read", until: deadline, timeout) { readiness() }
    }
    return try perform(.reading, "read", until: deadline, timeout) {
      let count = readNow(start, buffer.count)
      if count < buffer.count, count > 0, isPlainPipe { record.usedUpReading() }
      return count
    }
  }

  /// What Linux says of a terminal whose other side has gone.
  override func isEnd(_ error: Int32) -> Bool { error == EIO && isTerminal }

  private func readNow(_ start: UnsafeMutableRawPointer, _ count: Int) -> Int {
    isShared
      ? ev_read_if_ready(fileDescriptor, start, count) : ev_read(fileDescriptor, start, count)
  }

  /// Receives at most `count` bytes; waits for the first.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - timeout: For the whole call; nil takes the pipe's ``GreenDescriptor/timeout``.
  /// - Returns: empty at the end.
  /// - Throws: as ``receive(into:timeout:)``.
  ///
  /// In Python: `read(count)` of an unbuffered `GreenPipe`.
  public func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8] {
    // More than pipes hold, unless their size was raised.
    try receiveArray(upTo: count, most: 1 << 20) { try receive(into: $0, timeout: timeout) }
  }

  /// Receives at most `count` bytes; waits for the first.
  ///
  /// As ``receive(upTo:timeout:)`` with the pipe's own ``GreenDescriptor/timeout``.
  public func receive(upTo count: Int) throws -> [UInt8] { try receive(upTo: count, timeout: nil) }

  /// What it is, for messages.
  public override var description: String { "pipe \(subject)" }
}
