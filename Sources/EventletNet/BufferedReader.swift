internal import EventletCore

/// Reads lines, exact counts and up to delimiters from a stream of bytes.
///
/// ```swift
/// let reader = BufferedReader(socket)
/// while let line = try reader.readLine() { print(line) }
/// ```
///
/// What was received and not asked for stays here for the next call: use one
/// reader for the life of a stream. A kill or timeout in the middle of a call
/// loses nothing, the next call begins where that one began.
///
/// A second green thread that reads before the first has ended its call gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``, and the
/// first is not disturbed; see ``/EventletCore/Hub/preventsMultipleReaders``.
///
/// In Python: `socket.makefile('rb')`.
public final class BufferedReader {
  let stream: any ByteSource
  private let storage: ReadBuffer
  private let chunkSize: Int

  /// The longest line that ``readLine()`` takes, in bytes, line ending included.
  ///
  /// 64 KiB by default. All readers that ``GreenSocket/reader`` gives have the same.
  public var maxLineLength: Int {
    get { storage.maxLineLength }
    set { storage.maxLineLength = newValue }
  }

  /// Creates a reader.
  /// - Parameters:
  ///   - stream: What to read from.
  ///   - maxLineLength: 64 KiB by default.
  ///   - chunkSize: How many bytes are received at a time, at least 1; 4 KiB by default.
  public init(_ stream: any ByteSource, maxLineLength: Int = 65_536, chunkSize: Int = 4096) {
    require(chunkSize > 0, "BufferedReader: chunkSize \(chunkSize) is not positive")
    self.stream = stream
    self.chunkSize = chunkSize
    storage = ReadBuffer()
    storage.maxLineLength = maxLineLength
  }

  /// Of a stream that keeps what its readers have received ahead.
  package init(_ stream: any ByteSource, buffer: ReadBuffer) {
    self.stream = stream
    storage = buffer
    chunkSize = 4096
  }

  /// How many bytes are here already: so many can be read without a wait.
  public var bufferedCount: Int { storage.count }

  var hasEnded: Bool { storage.hasEnded }

  /// Reads a line without its ending, LF or CR LF.
  /// - Returns: nil at the end of the stream. A last line without an ending counts.
  ///   Bytes that are not UTF-8 come as U+FFFD; see ``readBytes(through:limit:)``.
  /// - Throws: ``LineTooLong``, and the line stays unread; what the stream
  ///   throws, a kill or timeout among it.
  ///
  /// In Python: `readline`.
  public func readLine() throws -> String? {
    guard var line = try readBytes(through: UInt8(ascii: "\n"), limit: maxLineLength) else {
      return nil
    }
    if line.last == UInt8(ascii: "\n") {
      line.removeLast()
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
    }
    return String(decoding: line, as: UTF8.self)
  }

  /// Reads up to a delimiter, which is included.
  /// - Parameters:
  ///   - delimiter: The byte to stop after.
  ///   - limit: The most bytes to read, the delimiter included.
  /// - Returns: nil at the end of the stream; the rest, if no delimiter came before it.
  /// - Throws: ``LineTooLong`` when `limit` bytes hold no delimiter, and the bytes
  ///   stay unread; what the stream throws.
  public func readBytes(through delimiter: UInt8, limit: Int) throws -> [UInt8]? {
    try begin()
    // From the beginning of the stream: another may have taken some meanwhile, if that is allowed.
    var searched = storage.takenCount
    while true {
      let start = max(0, searched - storage.takenCount)
      if let position = storage.position(of: delimiter, from: start) {
        guard position < limit else { throw blaming(LineTooLong(limit: limit)) }
        return take(position + 1)
      }
      searched = storage.takenCount + bufferedCount
      guard bufferedCount < limit else { throw blaming(LineTooLong(limit: limit)) }
      guard try fill() else { return bufferedCount == 0 ? nil : take(bufferedCount) }
    }
  }

  /// Reads exactly `count` bytes.
  /// - Throws: ``UnexpectedEnd`` when the stream ends before, and the bytes stay
  ///   unread; what the stream throws.
  ///
  /// In Python: `read(count)`, which returns what there is at the end instead.
  public func read(exactly count: Int) throws -> [UInt8] {
    try begin()
    while bufferedCount < count {
      guard try fill() else { throw blaming(UnexpectedEnd(missing: count - bufferedCount)) }
    }
    return take(count)
  }

  /// Reads what is here, or waits for some.
  /// - Returns: at most `count` bytes; empty at the end of the stream.
  /// - Throws: what the stream throws.
  ///
  /// In Python: `read1(count)`.
  public func read(upTo count: Int) throws -> [UInt8] {
    try begin()
    while bufferedCount == 0 { if try !fill() { return [] } }
    return take(min(count, bufferedCount))
  }

  /// Reads to the end of the stream.
  /// - Parameter limit: The most bytes that the rest may have; nil, the default, is any number.
  /// - Returns: the rest, perhaps nothing.
  /// - Throws: ``StreamTooLong`` when there are more, and the bytes stay unread; what the stream
  ///   throws, and what has come until then stays unread too.
  ///
  /// In Python: `read()`.
  public func readAll(limit: Int? = nil) throws -> [UInt8] {
    try fillToTheEnd(limit: limit)
    return take(bufferedCount)
  }

  /// Receives all that comes, and takes nothing.
  func fillToTheEnd(limit: Int?) throws {
    try begin()
    repeat {
      if let limit, bufferedCount > limit { throw blaming(StreamTooLong(limit: limit)) }
    } while try fill()
  }

  /// Begins a call, unless somebody else waits for more bytes in the middle of one.
  private func begin() throws {
    guard let first = storage.receiver, Hub.current.preventsMultipleReaders else { return }
    throw HubError.second(
      .reading, of: (stream as? GreenDescriptor)?.fileDescriptor ?? -1, after: first)
  }

  /// Receives more.
  /// - Returns: false at the end of the stream.
  private func fill() throws -> Bool {
    if storage.hasEnded { return false }
    // Without a hub nobody comes between.
    let isAlone = Hub.ifPresent.map { $0.preventsMultipleReaders && !$0.mustNotWait } ?? false
    if isAlone { storage.receiver = GreenThread.current }
    defer { if isAlone { storage.receiver = nil } }
    let more = try stream.receive(upTo: chunkSize)
    storage.append(more)
    return !more.isEmpty
  }

  private func take(_ count: Int) -> [UInt8] { storage.take(count) }

  private func blaming<Failure: PeerError>(_ error: Failure) -> Failure {
    (stream as? any ReadFaultObserving)?.noteReadFault()
    return error
  }
}

/// A line longer than its reader takes.
public struct LineTooLong: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// The limit in bytes.
  public let limit: Int

  /// Creates the error.
  public init(limit: Int) { self.limit = limit }

  /// A short text.
  public var description: String { "line longer than \(limit) bytes" }
}

/// A stream longer than its reader takes.
public struct StreamTooLong: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// The limit in bytes.
  public let limit: Int

  /// Creates the error.
  public init(limit: Int) { self.limit = limit }

  /// A short text.
  public var description: String { "more than \(limit) bytes" }
}

/// A stream that ended in the middle of something.
public struct UnexpectedEnd: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// How many bytes were still to come.
  public let missing: Int

  /// Creates the error.
  public init(missing: Int) { self.missing = missing }

  /// A short text.
  public var description: String { "end of stream, \(missing) bytes missing" }
}
