// Echoes lines:  echo-server --port 6000, then  telnet 127.0.0.1 6000
//
// On several cores:  echo-server --hubs 4
import Eventlet
import ExampleSupport

let arguments = Arguments(usage: "echo-server [--port PORT] [--hubs N]")
let address = SocketAddress.ipv4("127.0.0.1", port: arguments.port(default: 6000))

@Sendable func echo(_ client: GreenSocket, _ address: SocketAddress) throws {
  say("\(address) has come")
  defer { say("\(address) has gone") }
  while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
}

if let hubs = arguments.number("hubs", in: 1...1024) {
  let server = orFail { try HubServer.start(on: address, hubs: hubs, echo) }
  say("echo server on \(server.address), \(hubs) hubs")
  try server.wait()
} else {
  let server = orFail { try GreenSocket.listen(on: address) }
  say("echo server on \(try server.localAddress)")
  try serve(server, echo)
}
