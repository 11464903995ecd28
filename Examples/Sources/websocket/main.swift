// Eventlet's example of WebSocket, a live plot and an echo in a page:  websocket --port 7000
//
// Try it:  open http://127.0.0.1:7000/ in a browser.
import Eventlet
import EventletHTTP
import EventletWebSocket
import ExampleSupport

let arguments = Arguments(usage: "websocket [--port PORT]")
let address: SocketAddress = .ipv4("127.0.0.1", port: arguments.port(default: 7000))
let router = Router()

router.get("/") { _ in .html(page) }

router.webSocket("/echo") { socket, _ in
  while let message = try socket.receive() { try socket.send(message) }
}

// Ten thousand random numbers, ten a second. When the page has gone, `send` throws.
router.webSocket("/data") { socket, _ in
  for number in 0..<10_000 {
    try socket.send("\(number) \(Double.random(in: 0..<1))")
    try GreenThread.sleep(for: .milliseconds(100))
  }
}

let server = HTTPServer(router.handle)
// Ctrl-C, or SIGTERM, and the sockets are closed.
orFail {
  try withGracefulStop({ server.stop(within: .seconds(5)) }) {
    try server.serve(on: address) { say("websocket listening on \($0)") }
  }
}
