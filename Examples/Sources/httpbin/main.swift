// The endpoints of the public httpbin, to try clients of HTTP with:  httpbin --port 8080 [--hubs 2]
//
// Try it:  curl -d name=ada http://127.0.0.1:8080/post
import Eventlet
import EventletHTTP
import ExampleSupport

let arguments = Arguments(usage: "httpbin [--port PORT] [--hubs N]")
let address: SocketAddress = .ipv4("127.0.0.1", port: arguments.port(default: 8080))
raiseDescriptorLimit()

// Each hub has a router of its own: handlers of different hubs share nothing.
let server = orFail {
  try HTTPServer.start(
    on: address, hubs: arguments.number("hubs", in: 1...1024) ?? 1, backlog: 4096,
    makeHandler: { makeRouter().handle })
}
say("httpbin listening on \(server.address)")
// Ctrl-C, or SIGTERM, and what is being answered is answered.
try withGracefulStop({ server.stop(within: .seconds(30)) }) { try server.wait() }
