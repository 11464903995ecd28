// Echoes WebSocket messages, at any path:  websocket-echo --port 8080 [--hubs 2] [--deflate]
import Eventlet
import EventletHTTP
import EventletWebSocket
import ExampleSupport

let arguments = Arguments(
  usage: "websocket-echo [--port PORT] [--hubs N] [--deflate] [--subprotocol NAME]")
let address: SocketAddress = .ipv4("127.0.0.1", port: arguments.port(default: 8080))
raiseDescriptorLimit()

let configuration = {
  var configuration = WebSocket.Configuration()
  // As much as the Autobahn test suite sends, and more.
  configuration.maxMessageSize = 64 << 20
  configuration.maxFrameSize = 64 << 20
  if arguments.has("deflate") {
    var deflate = WebSocketDeflate()
    // Test suites want to see it in every message.
    deflate.minimumSize = 0
    configuration.compression = deflate
  }
  if let name = arguments["subprotocol"] { configuration.subprotocols = [name] }
  return configuration
}()

@Sendable func answer(_ request: ServerRequest) throws -> ServerResponse {
  try .webSocket(request, configuration: configuration) { socket in
    while let message = try socket.receive() { try socket.send(message) }
  }
}

let server = orFail {
  try HTTPServer.start(
    on: address, hubs: arguments.number("hubs", in: 1...1024) ?? 1, backlog: 4096, handler: answer)
}
say("websocket-echo listening on \(server.address)")
// Ctrl-C, or SIGTERM, and the sockets are closed.
try withGracefulStop({ server.stop(within: .seconds(10)) }) { try server.wait() }
