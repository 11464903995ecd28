internal import EventletCore
internal import EventletNet

/// What carries the records of a connection.
///
/// A socket says exactly how much of them it has taken, and can be asked not to wait. Of another
/// stream nothing is known when it was interrupted.
enum Transport {
  case socket(GreenSocket)
  case stream(any ByteStream)

  init(_ stream: any ByteStream) {
    if let socket = stream as? GreenSocket {
      self = .socket(socket)
    } else {
      self = .stream(stream)
    }
  }

  var stream: any ByteStream {
    switch self {
    case .socket(let socket): socket
    case .stream(let stream): stream
    }
  }

  /// Whether what an interrupted ``send(_:_:)`` has sent is known.
  var isExact: Bool { if case .socket = self { true } else { false } }

  var subject: String {
    switch self {
    case .socket(let socket): socket.subject
    case .stream(let stream): (stream as? any CustomStringConvertible).map { "\($0)" } ?? "a stream"
    }
  }

  /// Where the other end is; empty if that is not known.
  var place: String {
    if case .socket(let socket) = self {
      (try? socket.remoteAddress).map { "\($0)" } ?? ""
    } else {
      ""
    }
  }

  /// Waits for the first byte.
  /// - Parameters:
  ///   - buffer: Its memory stays where it is until the call returns.
  ///   - timeout: nil is for ever.
  /// - Returns: 0 at the end of the stream.
  /// - Throws: what the stream throws, and then nothing was received.
  func receive(into buffer: UnsafeMutableRawBufferPointer, _ timeout: Duration?) throws -> Int {
    switch self {
    case .socket(let socket): return try socket.receive(into: buffer, timeout: timeout)
    case .stream(let stream):
      let bytes = try Self.limit(timeout) { try stream.receive(upTo: buffer.count) }
      require(bytes.count <= buffer.count, "\(stream): received more than was asked for")
      buffer.copyBytes(from: bytes)
      return bytes.count
    }
  }

  /// Waits until something is taken.
  /// - Parameters:
  ///   - bytes: Their memory stays where it is until the call returns.
  ///   - timeout: nil is for ever.
  /// - Returns: How much was taken.
  /// - Throws: what the stream throws, and then a socket has taken nothing.
  func send(_ bytes: UnsafeRawBufferPointer, _ timeout: Duration?) throws -> Int {
    switch self {
    case .socket(let socket): return try socket.send(bytes, timeout: timeout)
    case .stream(let stream):
      try Self.limit(timeout) { try stream.sendAll(Array(bytes)) }
      return bytes.count
    }
  }

  /// A stream has no limits of its own.
  private static func limit<Result>(
    _ timeout: Duration?, _ body: () throws -> Result
  ) throws -> Result {
    guard let timeout else { return try body() }
    return try withTimeout(
      timeout, throwing: IOTimeout(operation: "wait for", subject: "a stream"), body)
  }
}
