import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// The programs of the guide "Limits, timeouts and stopping".
final class LimitsTimeoutsAndStoppingTests: HTTPTestCase {
  func testTheConfiguration() throws {
    func answer(_ request: ServerRequest) throws -> ServerResponse {
      if request.path == "/slow" { try GreenThread.sleep(for: .seconds(11)) }
      return .text(try request.body.readText())
    }
    var configuration = HTTPServer.Configuration()
    configuration.limits.body = 1 << 20
    configuration.maximumConnections = 1000
    configuration.timeouts.idle = .seconds(5)
    configuration.timeouts.handler = .seconds(10)
    let server = HTTPServer(configuration: configuration, answer)

    var client = try connect(to: server)
    try client.send(request: "POST /", "Content-Length: 1048577")
    try client.expectResponse(413)
    client = try connect(to: server)
    try client.send(request: "GET /slow")
    try client.expectResponse(503)
    XCTAssertEqual(clock.elapsed.components.seconds, 10)
    expectReports("took too long")
    client = try connect(to: server)
    try client.expectClosed()
    XCTAssertEqual(clock.elapsed.components.seconds, 15)
  }

  func testATimeOfItsOwn() throws {
    func lookUp() throws -> String {
      try GreenThread.sleep(for: .seconds(3600))
      return "found\n"
    }
    let router = Router()
    router.get("/slow") { _ in
      let result = try withTimeout(.seconds(2), default: "too slow\n") { try lookUp() }
      return .text(result)
    }
    let client = try connect(handler: router.handle)
    try client.send(request: "GET /slow")
    try client.expectResponse(200, "too slow\n")
  }

  func testStopping() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let server = HTTPServer { _ in
      try GreenThread.sleep(for: .seconds(10))
      return .text("finished")
    }
    let client = spawn { [self] in
      try GreenThread.sleep(for: .seconds(3595))
      let client = try connect(to: address)
      try client.send(request: "GET /")
      try client.expectResponse(200, "finished", fields: ["Connection": "close"])
    }

    let serving = spawn { try server.serve(listener) }
    try GreenThread.sleep(for: .seconds(3600))
    server.stop(within: .seconds(30))
    try serving.wait()

    XCTAssertEqual(clock.elapsed.components.seconds, 3605)
    try client.wait()
  }
}
