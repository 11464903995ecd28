// Asks several web servers at once, by name or address:  connect example.org localhost:8080
import Eventlet
import ExampleSupport

let arguments = Arguments(usage: "connect HOST[:PORT]…")
let targets = arguments.rest
if targets.isEmpty { arguments.refuse("whom to connect to?") }

let threads = targets.map { target in
  spawn(name: target) { try fetch(target) }
}
for (target, thread) in zip(targets, threads) {
  do { say("\(target): \(try thread.wait())") } catch { say("\(target): \(error)") }
}

/// The first line of the answer.
func fetch(_ target: String) throws -> String {
  try withTimeout(.seconds(10)) {
    let socket = try GreenSocket.connect(to: HostAndPort(parsing: target, defaultPort: 80))
    defer { socket.close() }
    try socket.sendAll("GET / HTTP/1.0\r\nHost: \(target)\r\n\r\n")
    return try socket.reader.readLine() ?? "(no answer)"
  }
}
