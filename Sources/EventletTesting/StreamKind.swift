package import EventletNet

/// What a server may be given to serve, each of which it treats in its own way.
package enum StreamKind: CaseIterable {
  case socket
  /// Such as a connection with TLS.
  case timed
  case plain

  package func stream(over socket: GreenSocket) -> any ByteStream {
    switch self {
    case .socket: socket
    case .timed: TimedStream(socket)
    case .plain: PlainStream(socket)
    }
  }
}

private final class TimedStream: TimedByteStream {
  private let socket: GreenSocket
  init(_ socket: GreenSocket) { self.socket = socket }
  func receive(into buffer: UnsafeMutableRawBufferPointer, timeout: Duration?) throws -> Int {
    try socket.receive(into: buffer, timeout: timeout)
  }
  func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8] {
    try socket.receive(upTo: count, timeout: timeout)
  }
  func receive(upTo count: Int) throws -> [UInt8] { try socket.receive(upTo: count) }
  func sendAll(_ bytes: UnsafeRawBufferPointer, timeout: Duration?) throws {
    try socket.sendAll(bytes, timeout: timeout)
  }
  func sendAll(_ bytes: [UInt8]) throws { try socket.sendAll(bytes) }
  func close() { socket.close() }
}

/// A stream of which nothing is known but that bytes go through it.
package final class PlainStream: ByteStream {
  private let socket: GreenSocket

  package init(_ socket: GreenSocket) { self.socket = socket }

  package func receive(upTo count: Int) throws -> [UInt8] { try socket.receive(upTo: count) }
  package func sendAll(_ bytes: [UInt8]) throws { try socket.sendAll(bytes) }
  package func close() { socket.close() }
}
