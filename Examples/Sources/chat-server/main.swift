// A chat room for telnet:  chat-server --port 3001
import Eventlet
import ExampleSupport

let port = Arguments(usage: "chat-server [--port PORT]").port(default: 3001)
let server = orFail { try GreenSocket.listen(on: .ipv4("127.0.0.1", port: port)) }
let room = Room()
let address = try server.localAddress
say("chat room on \(address); join it with:  telnet \(address.host) \(address.port)")

try serve(server) { client, address in
  try client.sendAll("Your name? ")
  guard let name = try client.reader.readLine(), !name.isEmpty else { return }
  let member = Member(name: name, socket: client)
  room.enter(member)
  defer { room.leave(member) }
  while let line = try client.reader.readLine() {
    room.say("\(name): \(line)", except: member)
  }
}
