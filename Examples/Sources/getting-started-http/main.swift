import Eventlet
import EventletHTTP

let port = UInt16(CommandLine.arguments.dropFirst().first ?? "") ?? 8080

let server = HTTPServer { request in
  .text("You have asked for \(request.path).\n")
}
try server.serve(on: .ipv4("127.0.0.1", port: port)) { address in
  print("listening on \(address)")
}
