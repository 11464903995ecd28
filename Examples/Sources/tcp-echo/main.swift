// Echoes bytes as they come, for load:  tcp-echo --port 7000
import Eventlet
import ExampleSupport

let port = Arguments(usage: "tcp-echo [--port PORT]").port(default: 7000)
raiseDescriptorLimit()
let server = orFail {
  try GreenSocket.listen(on: .ipv4("127.0.0.1", port: port), backlog: 4096)
}
say("tcp-echo on \(try server.localAddress)")

try serve(server, concurrency: 100_000) { client, _ in
  // One buffer for the life of the connection.
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
  defer { buffer.deallocate() }
  while true {
    let count = try client.receive(into: buffer)
    if count == 0 { return }
    try client.sendAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
}
