import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// The programs of the guide "Coming from eventlet.wsgi".
final class ComingFromWSGITests: HTTPTestCase {
  func testAnApplication() throws {
    let address = try SocketAddress.unix("/tmp/eventlet-wsgi-\(getpid())")
    let serving = spawn {
      try HTTPServer(app).serve(on: address)
    }
    try GreenThread.yield()
    let client = RawClient(try GreenSocket.connect(to: address), servedBy: nil)
    try client.send(request: "GET /ada")
    try client.expectResponse(200, "hello ada\n")
    try client.send(request: "GET /")
    try client.expectResponse(400, "who are you?\n")
    client.socket.close()
    try GreenThread.yield()
    try serving.kill()
  }

  func testAnIterable() throws {
    let client = try connect(handler: countdown)
    try client.send(request: "GET /")
    let response = try client.expectResponse(200, "3\n2\n1\n")
    XCTAssertEqual(response.chunks?.count, 1)
  }
}

func app(_ request: ServerRequest) throws -> ServerResponse {
  let name = request.path.drop { $0 == "/" }
  if name.isEmpty { throw HTTPError(.badRequest, "who are you?") }
  return .text("hello \(name)\n")
}

func countdown(_ request: ServerRequest) -> ServerResponse {
  .stream { writer in
    for number in (1...3).reversed() { try writer.write("\(number)\n") }
  }
}
