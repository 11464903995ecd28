// Forwards a port:  forwarder --listen 7001 --to 127.0.0.1:80
import Eventlet
import ExampleSupport

let arguments = Arguments(usage: "forwarder --to HOST:PORT [--listen PORT]")
guard let target = arguments["to"] else { arguments.refuse("--to is missing") }
let port = arguments.port("listen", default: 7001)
let destination = orFail { try SocketAddress(parsing: target) }
let server = orFail { try GreenSocket.listen(on: .ipv4("127.0.0.1", port: port)) }
say("forwarding \(try server.localAddress) to \(destination)")

try serve(server) { client, address in
  let upstream = try GreenSocket.connect(to: destination, timeout: .seconds(10))
  defer { upstream.close() }
  // The first error of one direction ends the other.
  try withDiscardingGreenGroup { directions in
    directions.spawn(name: "back to \(address)") { try copy(from: upstream, to: client) }
    try copy(from: client, to: upstream)
  }
}

/// Copies until the end of the stream, and passes the end on.
func copy(from source: GreenSocket, to target: GreenSocket) throws {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
  defer { buffer.deallocate() }
  while true {
    let count = try source.receive(into: buffer)
    if count == 0 { break }
    try target.sendAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
  do { try target.shutdown(.writing) } catch SystemError.notConnected {}
}
