/// Something that bytes can be received from, in blocking style.
///
/// ``PipeReader`` and ``GreenFile`` are such; so is every ``ByteStream``. A ``BufferedReader`` reads
/// lines from it. A call that waits throws what a kill or timeout of the waiting green thread throws.
public protocol ByteSource: AnyObject {
  /// Receives at most `count` bytes; waits for the first.
  /// - Returns: empty at the end of the stream.
  /// - Throws: what keeps the stream from being read; a kill or timeout, and then
  ///   nothing may have been received, so that the next call misses nothing.
  func receive(upTo count: Int) throws -> [UInt8]
  /// Closes the stream.
  ///
  /// May be called twice.
  func close()
}

/// A source that is told when what comes of it is not what a reader was to find there.
///
/// The reader's error does not say of which stream it is; who made the stream may have to know.
package protocol ReadFaultObserving: ByteSource {
  func noteReadFault()
}

/// Something that bytes can be sent to, in blocking style.
///
/// ``PipeWriter`` and ``GreenFile`` are such; so is every ``ByteStream``.
public protocol ByteSink: AnyObject {
  /// Sends all bytes.
  /// - Throws: what keeps the stream from being written; a kill or timeout. Part
  ///   of the bytes may have been sent then.
  func sendAll(_ bytes: [UInt8]) throws
  /// Closes the stream.
  ///
  /// May be called twice.
  func close()
}

/// Something that bytes can be received from and sent to, in blocking style.
///
/// ``GreenSocket`` is one; so is what a test makes up. A call that waits throws
/// what a kill or timeout of the waiting green thread throws.
public protocol ByteStream: ByteSource, ByteSink {}

extension ByteSink {
  /// Sends a string as UTF-8, all of it.
  /// - Throws: as for bytes.
  public func sendAll(_ text: String) throws { try sendAll(Array(text.utf8)) }
}
