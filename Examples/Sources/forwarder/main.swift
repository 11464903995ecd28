// Forwards a port:  forwarder --listen 7001 --to 127.0.0.1:80
import Eventlet
import ExampleSupport

let arguments = Arguments(usage: "forwarder --to HOST:PORT [--listen PORT]")
guard let target = arguments["to"] else { arguments.refuse("--to is missing") }
let port = arguments.port("listen", default: 7001)
let destination = orFail { try SocketAddress(parsing: target) }
let server = orFail { try GreenSocket.listen(on: .ipv4("127.0.0.1", port: port)) }
say("forwarding \(try server.localAddress) to \(destination)")

try serve(server) { client, _ in
  let upstream = try GreenSocket.connect(to: destination, timeout: .seconds(10))
  defer { upstream.close() }
  // Both ways, until both ends have said all; the bytes stay in the kernel.
  try client.relay(with: upstream)
}
