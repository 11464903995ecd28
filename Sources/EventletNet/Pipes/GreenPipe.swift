internal import CEventletCore
internal import EventletCore
internal import Glibc

/// Pipes: bytes from one green thread or process to another, through the kernel.
///
/// ```swift
/// let (reader, writer) = try GreenPipe.make()
/// spawn {
///   try writer.sendAll("one\ntwo\n")
///   writer.close()
/// }
/// while let line = try reader.reader.readLine() { print(line) }
/// ```
///
/// Between green threads of one hub a ``/EventletCore/Queue`` costs less. A pipe is for what has a
/// descriptor at its other end: a child process, a C library, a signal handler.
///
/// In Python: `eventlet.greenio.GreenPipe`.
public enum GreenPipe {
  /// Makes a pipe, see pipe(2).
  ///
  /// Both ends are closed in programs that this one starts; ``GreenProcess`` connects its own.
  /// - Returns: Both ends.
  /// - Throws: ``/EventletCore/SystemError`` when there are no more descriptors.
  ///
  /// In Python: `os.pipe`.
  public static func make() throws -> (reader: PipeReader, writer: PipeWriter) {
    let ends = try DescriptorPair.pipe()
    return (
      try PipeReader(made: ends.reading.takeNumber()),
      try PipeWriter(made: ends.writing.takeNumber())
    )
  }
}

/// A descriptor on its way to an owner; closed if it does not get there.
///
/// What it holds never changes but by ``takeNumber()``, which only the hub's OS thread calls, before
/// anybody else has it.
final class TemporaryDescriptor: @unchecked Sendable {
  // @unchecked Sendable because another OS thread only reads the number, and only keeps it alive.

  private(set) var number: Int32

  init(_ number: Int32) { self.number = number }

  /// A duplicate, closed in programs that are started.
  init(duplicating number: Int32) throws {
    // Not 0, 1 or 2, even if those are free: a child would take it for a standard stream.
    self.number = fcntl(number, F_DUPFD_CLOEXEC, 3)
    if self.number < 0 {
      throw SystemError(call: "duplicate", subject: "descriptor \(number)")
    }
  }

  /// One that was just made, under a number that no child takes for a standard stream: those are
  /// free in a program that runs without some of them.
  convenience init(aboveStandard number: Int32) throws {
    if number > 2 {
      self.init(number)
      return
    }
    let low = TemporaryDescriptor(number)
    try self.init(duplicating: low.number)
  }

  deinit { if number >= 0 { _ = Glibc.close(number) } }

  /// The number, which is the caller's to close from now on.
  func takeNumber() -> Int32 {
    defer { number = -1 }
    return number
  }
}

/// The two ends of a pipe on their way to their owners.
struct DescriptorPair {
  let reading: TemporaryDescriptor
  let writing: TemporaryDescriptor

  /// In blocking mode, as children want it.
  static func pipe() throws -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    guard ev_pipe(&ends) == 0 else { throw SystemError(call: "pipe") }
    // Both have an owner before the first is moved, which may fail.
    let (reading, writing) = (TemporaryDescriptor(ends[0]), TemporaryDescriptor(ends[1]))
    return DescriptorPair(
      reading: try TemporaryDescriptor(aboveStandard: reading.takeNumber()),
      writing: try TemporaryDescriptor(aboveStandard: writing.takeNumber()))
  }
}

/// What a descriptor refers to, as far as it matters for how it is read and written.
struct DescriptorKind {
  let isFile: Bool
  let isPipe: Bool
  let isTerminal: Bool

  init(of descriptor: Int32) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw SystemError(call: "fstat", subject: "descriptor \(descriptor)")
    }
    let kind = status.st_mode & S_IFMT
    // epoll(7) refuses them, and poll(2) calls them always ready.
    isFile = kind == S_IFREG || kind == S_IFDIR || kind == S_IFBLK
    isPipe = kind == S_IFIFO
    isTerminal = kind == S_IFCHR && isatty(descriptor) == 1
  }

  /// - Throws: when it is a regular file or the like, whose calls never say that they would wait.
  static func ofStream(_ descriptor: Int32) throws -> DescriptorKind {
    let kind = try DescriptorKind(of: descriptor)
    if kind.isFile {
      throw HubError.invalidArgument(
        "descriptor \(descriptor): a file and not a pipe; adopt it as a GreenFile")
    }
    return kind
  }
}
