// Takes what HTTP clients send, for tests of clients that mean no good:
// http-sink --port 8080 [--head 20] [--body 30] [--send 30] [--rate 1024]
//
// Try it:  curl -T FILE http://127.0.0.1:8080/count
import Eventlet
import EventletHTTP
import ExampleSupport

let arguments = Arguments(
  usage: "http-sink [--port PORT] [--head SECONDS] [--body SECONDS] [--send SECONDS] [--rate BYTES]"
)
raiseDescriptorLimit()

/// The seconds after an option, or what the server would take.
func seconds(_ name: String, default time: Duration?) -> Duration? {
  arguments.number(name, in: 1...86_400).map { .seconds($0) } ?? time
}

/// What is written again and again to clients that want much.
let zeros = [UInt8](repeating: 0, count: 65_536)
/// A large body that is there as a whole.
let manyZeros = [UInt8](repeating: 0, count: 8 << 20)

@Sendable func answer(_ request: ServerRequest) throws -> ServerResponse {
  let body = request.body
  // What is taken piece by piece needs no limit.
  body.limit = nil
  switch request.path {
  case "/plaintext": return .text("Hello, World!")
  case "/ignore": return .text("ignored")
  case "/count":
    var count = 0
    while case let piece = try body.receive(upTo: 65_536), !piece.isEmpty { count += piece.count }
    return .text("\(count)")
  case "/echo":
    return .stream(length: body.length) { writer in
      while case let piece = try body.receive(upTo: 65_536), !piece.isEmpty {
        try writer.write(piece)
      }
    }
  case "/bytes": return .bytes(manyZeros)
  case "/zeros": return .stream { writer in while true { try writer.write(zeros) } }
  default: throw HTTPError(.notFound)
  }
}

var configuration = HTTPServer.Configuration()
configuration.timeouts.head = seconds("head", default: configuration.timeouts.head)
configuration.timeouts.body = seconds("body", default: configuration.timeouts.body)
configuration.timeouts.send = seconds("send", default: configuration.timeouts.send)
if let rate = arguments.number("rate", in: 0...1 << 30) {
  configuration.timeouts.minimumRate = rate
}
let server = HTTPServer(configuration: configuration, answer)
let listener = orFail {
  try GreenSocket.listen(
    on: .ipv4("127.0.0.1", port: arguments.port(default: 8080)), backlog: 4096)
}
say("http-sink listening on \(orFail { try listener.localAddress })")
// Ctrl-C, or SIGTERM, and what is being answered is answered.
try withGracefulStop({ server.stop(within: .seconds(5)) }) { try server.serve(listener) }
