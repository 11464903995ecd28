// Echoes bytes as they come, over TLS:  tls-echo --port 7443 --cert chain.pem --key key.pem
//
// Try it:  openssl s_client -connect 127.0.0.1:7443 -quiet
import Eventlet
import EventletTLS
import ExampleSupport

let arguments = Arguments(
  usage: "tls-echo --cert CHAIN.PEM --key KEY.PEM [--port PORT] [--hubs N]")
guard let certificate = arguments["cert"] else { arguments.refuse("--cert is missing") }
guard let key = arguments["key"] else { arguments.refuse("--key is missing") }
let address: SocketAddress = .ipv4("127.0.0.1", port: arguments.port(default: 7443))
raiseDescriptorLimit()
let context = orFail {
  let identity = TLSIdentity(certificateFile: certificate, keyFile: key)
  return try TLSServerContext(TLSServerConfiguration(identity: identity))
}

@Sendable func echo(_ client: TLSSocket, _ address: SocketAddress) throws {
  // No buffer is kept while nothing comes.
  while case let bytes = try client.receive(upTo: 65536), !bytes.isEmpty {
    try client.sendAll(bytes)
  }
}

if let hubs = arguments.number("hubs", in: 1...1024) {
  let server = orFail {
    try HubServer.start(
      on: address, hubs: hubs, tls: context, concurrency: 100_000, backlog: 4096, echo)
  }
  say("tls-echo listening on \(server.address)")
  try server.wait()
} else {
  let server = orFail { try GreenSocket.listen(on: address, backlog: 4096) }
  say("tls-echo listening on \(try server.localAddress)")
  try serve(server, tls: context, concurrency: 100_000, echo)
}
