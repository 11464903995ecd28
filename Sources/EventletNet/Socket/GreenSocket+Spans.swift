internal import EventletCore

// A span borrows its storage for as long as the call takes, and so across every switch of it. That
// is as it should be for a local variable. Of a property of an object, of a global or of what a
// closure captures the access would be held dynamically: see "Rules of green code".
extension GreenSocket {
  /// Sends what the kernel takes at once; waits until it takes something.
  ///
  /// As ``send(_:timeout:)-(UnsafeRawBufferPointer,_)``. The span should be of a local variable or
  /// a parameter: the access to its storage lasts as long as the call.
  /// - Returns: the number of bytes taken.
  public func send(_ bytes: RawSpan, timeout: Duration? = nil) throws -> Int {
    try bytes.withUnsafeBytes { try send($0, timeout: timeout) }
  }

  /// Sends all bytes, without a copy.
  ///
  /// ```swift
  /// try socket.sendAll(message.span.bytes)
  /// ```
  ///
  /// As ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``. The span should be of a local variable
  /// or a parameter: the access to its storage lasts as long as the call.
  public func sendAll(_ bytes: RawSpan, timeout: Duration? = nil) throws {
    try bytes.withUnsafeBytes { try sendAll($0, timeout: timeout) }
  }

  /// Receives into a span, which is full of old bytes; waits for the first.
  ///
  /// As ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``. The span should be of a local
  /// variable: the access to its storage lasts as long as the call.
  /// - Returns: the number of bytes, from the beginning of the span; 0 at the end of the stream.
  public func receive(into span: inout MutableRawSpan, timeout: Duration? = nil) throws -> Int {
    try span.withUnsafeMutableBytes { try receive(into: $0, timeout: timeout) }
  }

  /// Receives into the free room at the end of a span; waits for the first byte.
  ///
  /// As ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``. The span should be of a local
  /// variable: the access to its storage lasts as long as the call.
  /// - Returns: the number of bytes appended; 0 at the end of the stream.
  public func receive(
    appendingTo span: inout OutputRawSpan, timeout: Duration? = nil
  ) throws -> Int {
    try span.withUnsafeMutableBytes { buffer, count in
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      let received = try receive(into: room, timeout: timeout)
      count += received
      return received
    }
  }
}
