internal import CEventletCore
internal import EventletCore
internal import Glibc

/// The program's standard input, output and error, without blocking the hub.
///
/// ```swift
/// let input = BufferedReader(try StandardStream.input())
/// let output = try StandardStream.output()
/// while let line = try input.readLine() { try output.sendAll(line + "\n") }
/// ```
///
/// O_NONBLOCK belongs to what was opened, which other processes share: a shell whose terminal a
/// program leaves non-blocking fails in strange ways. So descriptors 0 to 2 stay as they are. What
/// they refer to is opened once more, with flags of its own; where that cannot be, as with a socket,
/// each call asks first whether it would wait. A file is read and written on the
/// ``/EventletCore/ThreadPool``.
///
/// Make each once and keep it: what one reader has read ahead another misses. Closing one, or
/// dropping it, leaves the descriptor of the process open.
///
/// In Python: `GreenPipe(sys.stdin)`.
public enum StandardStream {
  /// Standard input.
  /// - Throws: ``/EventletCore/SystemError`` when descriptor 0 is closed.
  public static func input() throws -> any ByteSource { try input(of: 0) }

  /// Standard output.
  /// - Throws: ``/EventletCore/SystemError`` when descriptor 1 is closed.
  public static func output() throws -> any ByteSink { try output(of: 1) }

  /// Standard error.
  /// - Throws: ``/EventletCore/SystemError`` when descriptor 2 is closed.
  public static func error() throws -> any ByteSink { try output(of: 2) }

  /// As ``input()``, of another descriptor.
  package static func input(of descriptor: Int32) throws -> any ByteSource {
    if try DescriptorKind(of: descriptor).isFile { return try GreenFile(sharing: descriptor) }
    let (copy, isNonBlocking) = try open(descriptor, O_RDONLY)
    return try PipeReader(sharing: copy.takeNumber(), isNonBlocking: isNonBlocking)
  }

  /// As ``output()``, of another descriptor.
  package static func output(of descriptor: Int32) throws -> any ByteSink {
    if try DescriptorKind(of: descriptor).isFile { return try GreenFile(sharing: descriptor) }
    let (copy, isNonBlocking) = try open(descriptor, O_WRONLY)
    return try PipeWriter(sharing: copy.takeNumber(), isNonBlocking: isNonBlocking)
  }

  private static func open(
    _ descriptor: Int32, _ direction: Int32
  ) throws -> (TemporaryDescriptor, isNonBlocking: Bool) {
    let fresh = ev_reopen(descriptor, direction)
    if fresh >= 0 { return (try TemporaryDescriptor(aboveStandard: fresh), true) }
    return (try TemporaryDescriptor(duplicating: descriptor), false)
  }
}
