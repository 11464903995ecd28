// Says hello by HTTP:  hello --port 8080 [--hubs 2] [--cert chain.pem --key key.pem]
//
// Try it:  curl -i http://127.0.0.1:8080/plaintext
import Eventlet
import EventletHTTP
import EventletTLS
import ExampleSupport

let arguments = Arguments(
  usage: "hello [--port PORT] [--hubs N] [--cert CHAIN.PEM] [--key KEY.PEM]")
let address: SocketAddress = .ipv4("127.0.0.1", port: arguments.port(default: 8080))
raiseDescriptorLimit()

// For HTTPS.
var layer: (any ConnectionLayer)?
if let certificate = arguments["cert"] {
  guard let key = arguments["key"] else { arguments.refuse("--key is missing") }
  layer = orFail {
    let identity = TLSIdentity(certificateFile: certificate, keyFile: key)
    return try TLSServerContext(TLSServerConfiguration(identity: identity))
  }
}

@Sendable func answer(_ request: ServerRequest) throws -> ServerResponse {
  switch request.path {
  case "/plaintext": .text("Hello, World!")
  case "/json": .text(#"{"message":"Hello, World!"}"#, contentType: "application/json")
  default: throw HTTPError(.notFound)
  }
}

var configuration = HTTPServer.Configuration()
configuration.maximumConnections = 100_000
let server = orFail {
  try HTTPServer.start(
    on: address, hubs: arguments.number("hubs", in: 1...1024) ?? 1, over: layer,
    configuration: configuration, backlog: 4096, handler: answer)
}
say("hello listening on \(server.address)")
// Ctrl-C, or SIGTERM, and what is being answered is answered.
try withGracefulStop({ server.stop(within: .seconds(30)) }) { try server.wait() }
