// A chat room for browsers:  websocket-chat --port 7001
//
// Try it:  open http://127.0.0.1:7001/ in two windows.
import Eventlet
import EventletHTTP
import EventletWebSocket
import ExampleSupport

let arguments = Arguments(usage: "websocket-chat [--port PORT]")
let address: SocketAddress = .ipv4("127.0.0.1", port: arguments.port(default: 7001))
let room = Room()
let router = Router()

router.get("/") { _ in .html(page) }

var configuration = WebSocket.Configuration()
// Fifty of them fit into what may be unsent, `maxUnsentBytes`.
configuration.maxMessageSize = 2048
router.webSocket("/room", configuration: configuration) { socket, request in
  try room.stay(socket, as: request.queryParameters["name"] ?? "")
}

let server = HTTPServer(router.handle)
// Ctrl-C, or SIGTERM, and everybody is told.
orFail {
  try withGracefulStop({ server.stop(within: .seconds(5)) }) {
    try server.serve(on: address) { say("websocket-chat listening on \($0)") }
  }
}
