// A chat room for telnet:  chat-server --port 3001
import Eventlet
import ExampleSupport

let port = Arguments(usage: "chat-server [--port PORT]").port(default: 3001)
let server = orFail { try GreenSocket.listen(on: .ipv4("127.0.0.1", port: port)) }
let room = Room()
let address = try server.localAddress
say("chat room on \(address); join it with:  telnet \(address.host) \(address.port)")

try serve(server) { client, address in
  let lines = BufferedReader(TelnetText(client), maxLineLength: 4096)
  // Who gives no name must not keep a place for ever.
  let name = try withTimeout(.seconds(60)) { try room.askName(client, lines) }
  guard let name else { return }
  let member = Member(name: name, socket: client)
  defer { member.hangUp() }
  try room.stay(member, lines)
  try member.finish()
}
