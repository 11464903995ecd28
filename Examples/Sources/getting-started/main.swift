// The program of the README and of the guide "Getting started", as it stands there; echo-server is
// the one with options.
import Eventlet

let server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 6000))

try serve(server) { client, address in
  print("\(address) has come")
  while let line = try client.reader.readLine() {
    try client.sendAll(line + "\n")
  }
}
