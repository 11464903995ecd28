import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// How much the kernel takes for clients that it cannot send yet.
final class UnsentLimitTests: HTTPTestCase {
  private static let option = SocketOption<Int>(
    level: Int32(IPPROTO_TCP), name: TCP_NOTSENT_LOWAT)

  /// Answers with the limit of the client's connection.
  private static func answer(_ request: ServerRequest) -> ServerResponse {
    .takeOver { connection in
      let socket = try XCTUnwrap(connection.stream as? GreenSocket)
      try connection.sendAll("\(try socket.option(Self.option))\r\n")
    }
  }

  private func limit(of address: SocketAddress) throws -> String {
    let client = try connect(to: address)
    try client.send(request: "GET /")
    return try client.readLine()
  }

  func testItIsLittle() throws {
    let address = try listen(makeServer(handler: Self.answer))
    XCTAssertEqual(try limit(of: address), "131072")
  }

  func testTheListenersOwnIsKept() throws {
    let listener = try GreenSocket.listen(on: loopback)
    try listener.setOption(Self.option, 50_000)
    let server = makeServer(handler: Self.answer)
    let serving = spawn { try server.serve(listener) }
    try GreenThread.yield()
    XCTAssertEqual(try limit(of: listener.localAddress), "50000")
    server.stop()
    try serving.wait()
  }

  func testASocketOfTheUnixDomainNeedsNone() throws {
    let file = "/tmp/eventlet-unsent-\(getpid())"
    let address = try listen(makeServer { _ in .text("served") }, on: .unix(file))
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectResponse(200, "served")
  }
}
