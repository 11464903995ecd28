import EventletCore
import EventletNet

/// A server without HTTP: what it says is the test's affair.
final class RawServer {
  let port: UInt16
  private let listener: GreenSocket
  private let accepting: GreenThread<Void>
  private let connections: Connections

  private final class Connections {
    var threads: [GreenThread<Void>] = []
    var count = 0
  }

  var url: String { "http://127.0.0.1:\(port)/" }
  /// How many connections there have been.
  var connectionCount: Int { connections.count }

  init(on address: SocketAddress, _ body: @escaping (GreenSocket) throws -> Void) throws {
    let listener = try GreenSocket.listen(on: address)
    let connections = Connections()
    self.listener = listener
    self.connections = connections
    port = try listener.localAddress.port
    accepting = spawn {
      while true {
        let socket = try listener.accept().socket
        connections.count += 1
        connections.threads.append(
          spawn {
            defer { socket.close() }
            // The client may be gone, which is what some tests are about.
            do { try body(socket) } catch is SystemError {} catch is HubError {}
          })
      }
    }
  }

  func stop() throws {
    try accepting.kill()
    for thread in connections.threads { try thread.kill() }
    listener.close()
  }
}

extension GreenSocket {
  /// Reads the head of a request.
  func readHead() throws -> String {
    var bytes: [UInt8] = []
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let more = try receive(upTo: 1)
      if more.isEmpty { throw SystemError(call: "read a head", errno: 104) }
      bytes += more
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Answers the next request with these bytes.
  func answer(_ text: String) throws {
    _ = try readHead()
    try sendAll(text)
  }

  /// Waits until the client closes, and passes over what it sends.
  func waitForEnd() throws { while try !receive(upTo: 65_536).isEmpty {} }

  /// Closes with a reset in place of an orderly end.
  func reset() throws {
    try setOption(.linger, .zero)
    close()
  }
}
