internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A descriptor of somebody else's, to be read and written without changing anything about it.
///
/// ```swift
/// let bytes = try ForeignDescriptor(descriptor).read(upTo: 4096)
/// ```
///
/// For what a C library has opened. It may be in blocking mode: each call asks first whether it
/// would wait, and if so parks the green thread until it would not. Nothing is remembered between
/// two calls. A file is read and written on the ``/EventletCore/ThreadPool``.
///
/// In Python: `eventlet.green.os.read`, `eventlet.green.os.write`.
public struct ForeignDescriptor: Hashable, Sendable {
  /// The descriptor's number.
  public let number: Int32

  /// Names a descriptor; takes nothing over.
  public init(_ number: Int32) { self.number = number }

  /// Reads at most `count` bytes; waits for the first.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - timeout: For the whole call; nil is for ever. Not for files.
  /// - Returns: empty at the end.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)`` if the hub was told of a closing;
  ///   what a kill or timeout throws, and then nothing was read, unless it is a file: the place in
  ///   that may have moved on.
  public func read(upTo count: Int, timeout: Duration? = nil) throws -> [UInt8] {
    let number = number
    guard count > 0 else { return [] }
    if try DescriptorKind(of: number).isFile {
      return try ThreadPool.execute {
        try Self.bytes(upTo: count, of: number) { ev_read(number, $0, $1) }
      }
    }
    let deadline = Hub.current.deadline(after: timeout)
    while true {
      do {
        return try Self.bytes(upTo: count, of: number) { ev_read_if_ready(number, $0, $1) }
      } catch SystemError.wouldBlock {}
      guard try Hub.current.waitUntilReadable(number, timeout: Self.rest(until: deadline)) else {
        throw IOTimeout(operation: "read", subject: "descriptor \(number)")
      }
    }
  }

  /// Writes what is taken at once; waits until something is.
  /// - Parameters:
  ///   - bytes: To be written.
  ///   - timeout: For the whole call; nil is for ever. Not for files.
  /// - Returns: The number of bytes, which may be fewer than given.
  /// - Throws: as ``read(upTo:timeout:)``, and ``/EventletCore/SystemError/brokenPipe`` when nobody
  ///   reads any more, without SIGPIPE. After a kill or timeout nothing was written, unless it is a
  ///   file.
  public func write(_ bytes: [UInt8], timeout: Duration? = nil) throws -> Int {
    let number = number
    let isFile = try DescriptorKind(of: number).isFile
    guard !bytes.isEmpty else { return 0 }
    if isFile {
      return try ThreadPool.execute {
        try Self.checked("write", number) {
          bytes.withUnsafeBytes { ev_write(number, $0.baseAddress.unsafelyUnwrapped, $0.count) }
        }
      }
    }
    let deadline = Hub.current.deadline(after: timeout)
    while true {
      do {
        return try Self.checked("write", number) {
          bytes.withUnsafeBytes {
            ev_write_if_ready(number, $0.baseAddress.unsafelyUnwrapped, $0.count)
          }
        }
      } catch SystemError.wouldBlock {}
      guard try Hub.current.waitUntilWritable(number, timeout: Self.rest(until: deadline)) else {
        throw IOTimeout(operation: "write", subject: "descriptor \(number)")
      }
    }
  }

  /// Writes all bytes.
  /// - Parameters:
  ///   - bytes: To be written.
  ///   - timeout: For the whole call; nil is for ever. Not for files.
  /// - Throws: as ``write(_:timeout:)``; an unknown part was written then.
  public func writeAll(_ bytes: [UInt8], timeout: Duration? = nil) throws {
    let deadline = Hub.current.deadline(after: timeout)
    var done = 0
    while done < bytes.count {
      done += try write(Array(bytes[done...]), timeout: Self.rest(until: deadline))
    }
  }

  private static func bytes(
    upTo count: Int, of number: Int32, _ read: (UnsafeMutableRawPointer, Int) -> Int
  ) throws -> [UInt8] {
    // There may be no memory for all that is asked for.
    let count = min(count, 1 << 20)
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      let start = UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped)
      used = try checked("read", number) { read(start, count) }
    }
  }

  private static func checked(_ call: String, _ number: Int32, _ body: () -> Int) throws -> Int {
    let result = body()
    guard result >= 0 else { throw SystemError(call: call, subject: "descriptor \(number)") }
    return result
  }

  private static func rest(until deadline: Int64) -> Duration? {
    deadline == .max ? nil : .nanoseconds(max(0, deadline - Hub.current.now))
  }
}
