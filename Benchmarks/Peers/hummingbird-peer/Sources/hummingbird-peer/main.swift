// hummingbird-peer PORT
//
// The other Swift side of the HTTP comparison: a router with two routes, as Hummingbird's
// documentation writes it, on 127.0.0.1:PORT until SIGTERM. It has one event loop, for the one core
// it is given; requests run in the global executor, which costs less here than having the event
// loop execute everything.
import Hummingbird
import NIOPosix

struct Message: ResponseEncodable {
  let message: String
}

guard let port = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) else {
  fatalError("usage: hummingbird-peer PORT")
}

let router = Router()
router.get("plaintext") { _, _ in "Hello, World!" }
router.get("json") { _, _ in Message(message: "Hello, World!") }

let application = Application(
  router: router,
  configuration: .init(address: .hostname("127.0.0.1", port: port), backlog: 4096),
  eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1))
)
try await application.runService()
