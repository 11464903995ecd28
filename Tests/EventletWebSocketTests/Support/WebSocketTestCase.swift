import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletWebSocket

/// Both ends of connections on one hub; all of them end with the test.
class WebSocketTestCase: GreenTestCase {
  private var serving: [GreenThread<Void>] = []
  private var closing: [() -> Void] = []

  override func tearDownWithError() throws {
    for close in closing { close() }
    for thread in serving {
      do { try thread.wait() } catch { XCTFail("serving a connection: \(error)") }
    }
    closing = []
    serving = []
  }

  /// Has something done at the end of the test.
  func atEnd(_ close: @escaping () -> Void) { closing.append(close) }

  /// Two ends of a connection that was upgraded already.
  func pair(
    over kind: StreamKind = .socket,
    _ configure: (inout WebSocket.Configuration) -> Void = { _ in },
    deflate: Bool = false
  ) throws -> (client: WebSocket, server: WebSocket) {
    let (near, far) = try GreenSocket.pair()
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    configure(&configuration)
    let agree = { (role: WebSocket.Role) in
      Agreement(
        subprotocol: nil,
        deflate: deflate
          ? DeflateParameters(
            outgoingWindowBits: 15, incomingWindowBits: 15, keepsOutgoingContext: true,
            keepsIncomingContext: true) : nil)
    }
    if deflate { configuration.compression = WebSocketDeflate() }
    let make = { (socket: GreenSocket, role: WebSocket.Role) in
      WebSocket(
        StreamTransport(kind.stream(over: socket)), received: [], role: role, configuration,
        agree(role))
    }
    let client = make(near, .client)
    let server = make(far, .server)
    atEnd {
      client.abort()
      server.abort()
    }
    return (client, server)
  }

  /// A server's end, and the raw socket of its client.
  func rawClient(
    over kind: StreamKind = .socket, _ configure: (inout WebSocket.Configuration) -> Void = { _ in }
  ) throws -> (client: RawPeer, server: WebSocket) {
    let (near, far) = try GreenSocket.pair()
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    configure(&configuration)
    let server = WebSocket(
      over: kind.stream(over: far), role: .server, configuration: configuration)
    atEnd {
      near.close()
      server.abort()
    }
    return (RawPeer(near, masks: true), server)
  }

  /// A client's end, and the raw socket of its server.
  func rawServer(
    over kind: StreamKind = .socket, _ configure: (inout WebSocket.Configuration) -> Void = { _ in }
  ) throws -> (server: RawPeer, client: WebSocket) {
    let (near, far) = try GreenSocket.pair()
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    configure(&configuration)
    let client = WebSocket(
      over: kind.stream(over: far), role: .client, configuration: configuration)
    atEnd {
      near.close()
      client.abort()
    }
    return (RawPeer(near, masks: false), client)
  }

  /// The client's end of a connection that `server` serves.
  func connect(
    to server: HTTPServer, over kind: StreamKind = .socket, _ url: String = "ws://test/",
    headerFields: HTTPFields = HTTPFields(),
    _ configure: (inout WebSocket.Configuration) -> Void = { $0.heartbeat = nil }
  ) throws -> WebSocket {
    let (near, far) = try GreenSocket.pair()
    serving.append(spawn { try server.serve(connection: kind.stream(over: far)) })
    var configuration = WebSocket.Configuration()
    configure(&configuration)
    let socket = try WebSocket.connect(
      url, over: near, headerFields: headerFields, configuration: configuration)
    atEnd { socket.abort() }
    return socket
  }

  /// A raw socket to a server that serves it.
  func rawConnection(to server: HTTPServer, over kind: StreamKind = .socket) throws -> RawPeer {
    let (near, far) = try GreenSocket.pair()
    serving.append(spawn { try server.serve(connection: kind.stream(over: far)) })
    atEnd { near.close() }
    return RawPeer(near, masks: true)
  }

  /// A server whose only handler serves WebSockets.
  func webSocketServer(
    origins: WebSocketOrigins = .sameHost,
    serve: @escaping (WebSocket) throws -> Void = echo,
    configure: (inout WebSocket.Configuration) -> Void = { _ in }
  ) -> HTTPServer {
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    configure(&configuration)
    let fixed = configuration
    return HTTPServer { request in
      try .webSocket(request, origins: origins, configuration: fixed, serve)
    }
  }

  /// Lets everybody run until nothing is left to do at this time.
  func settle() throws { try GreenThread.sleep(for: .nanoseconds(1)) }
}

/// Sends back what comes.
func echo(_ socket: WebSocket) throws {
  while let message = try socket.receive() { try socket.send(message) }
}
