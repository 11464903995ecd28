/// Something that bytes can be received from and sent to, in blocking style.
///
/// Sockets are; so is what a test makes up.
public protocol ByteStream: AnyObject {
  /// Receives at most `count` bytes; waits for the first.
  /// - Returns: empty at the end of the stream.
  func receive(upTo count: Int) throws -> [UInt8]
  /// Sends all bytes.
  func sendAll(_ bytes: [UInt8]) throws
  /// Closes the stream. May be called twice.
  func close()
}

extension ByteStream {
  /// Sends a string as UTF-8, all of it.
  public func sendAll(_ text: String) throws { try sendAll(Array(text.utf8)) }
}
