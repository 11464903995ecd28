// Lets a server of test cases judge the WebSocket client, in the manner of the Autobahn test
// suite:  websocket-autobahn-client ws://127.0.0.1:9001
import Eventlet
import EventletWebSocket
import ExampleSupport

let arguments = Arguments(usage: "websocket-autobahn-client [--no-context] URL…")
guard let url = arguments.rest.first else { arguments.refuse("the URL is missing") }

let configuration = {
  var configuration = WebSocket.Configuration()
  configuration.maxMessageSize = 64 << 20
  configuration.maxFrameSize = 64 << 20
  var deflate = WebSocketDeflate()
  // The suite wants to see it in every message.
  deflate.minimumSize = 0
  // Some of the cases are for clients that can do without.
  deflate.keepsOutgoingContext = !arguments.has("no-context")
  configuration.compression = deflate
  return configuration
}()

func countCases() throws -> Int {
  let socket = try WebSocket.connect("\(url)/getCaseCount")
  guard case .text(let text)? = try socket.receive(timeout: .seconds(10)), let count = Int(text)
  else { arguments.refuse("\(url) does not tell how many cases it has") }
  try socket.close()
  return count
}

func run(_ number: Int) throws {
  let socket = try WebSocket.connect(
    "\(url)/runCase?case=\(number)&agent=swift-eventlet", configuration: configuration)
  do {
    while let message = try socket.receive() { try socket.send(message) }
  } catch is WebSocketClosed {
    // The server has ended the case before our answer.
  }
}

orFail {
  let count = try countCases()
  for number in 0..<count { try run(number + 1) }
  try WebSocket.connect("\(url)/updateReports?agent=swift-eventlet").close()
}
