// Echoes lines:  echo-server --port 6000, then  telnet 127.0.0.1 6000
import Eventlet
import ExampleSupport

let port = Arguments(usage: "echo-server [--port PORT]").port(default: 6000)
let server = orFail { try GreenSocket.listen(on: .ipv4("127.0.0.1", port: port)) }
say("echo server on \(try server.localAddress)")

try serve(server) { client, address in
  say("\(address) has come")
  defer { say("\(address) has gone") }
  while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
}
