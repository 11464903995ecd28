/// A stream whose calls take a limit of time, and memory of the caller's.
///
/// ``GreenSocket`` is one, and so is a TLS socket: what serves a protocol over either needs both.
public protocol TimedByteStream: ByteStream {
  /// Receives into memory of the caller's; waits for the first byte.
  /// - Parameters:
  ///   - buffer: Where to.
  ///   - timeout: For the whole call; nil takes the stream's own.
  /// - Returns: the number of bytes; 0 at the end of the stream.
  /// - Throws: ``IOTimeout``; what keeps the stream from being read; a kill or timeout, and then
  ///   nothing was received.
  func receive(into buffer: UnsafeMutableRawBufferPointer, timeout: Duration?) throws -> Int
  /// Receives at most `count` bytes; waits for the first, and needs no memory for them meanwhile.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - timeout: For the whole call; nil takes the stream's own.
  /// - Returns: empty at the end of the stream.
  /// - Throws: as ``receive(into:timeout:)``.
  func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8]
  /// Sends all bytes.
  /// - Parameters:
  ///   - bytes: The memory must stay as it is until the call returns.
  ///   - timeout: For the whole call; nil takes the stream's own.
  /// - Throws: ``IOTimeout``; what keeps the stream from being written; a kill or timeout. Part of
  ///   the bytes may have been sent then.
  func sendAll(_ bytes: UnsafeRawBufferPointer, timeout: Duration?) throws
}

extension GreenSocket: TimedByteStream {}
