import EventletCore
import EventletHTTP
import EventletNet
import XCTest

/// A server at its work, whose end is the test's affair.
struct RunningServer {
  let server: HTTPServer
  let address: SocketAddress
  let thread: GreenThread<Void>
}

extension HTTPTestCase {
  func start(
    on address: SocketAddress? = nil, _ handler: @escaping RequestHandler = { .text($0.path) }
  ) throws -> RunningServer {
    let server = makeServer(handler: handler)
    let listener = try GreenSocket.listen(on: address ?? loopback)
    let running = RunningServer(
      server: server, address: try listener.localAddress,
      thread: spawn { try server.serve(listener) })
    try GreenThread.yield()
    return running
  }

  /// A handler that takes as many seconds as the path says.
  func sleepy(_ request: ServerRequest) throws -> ServerResponse {
    try GreenThread.sleep(for: .seconds(Int(request.path.dropFirst()) ?? 0))
    return .text(request.path)
  }

  func assertRefuses(_ address: SocketAddress, line: UInt = #line) {
    XCTAssertThrowsError(try GreenSocket.connect(to: address), line: line) { error in
      guard case SystemError.connectionRefused = error else { return XCTFail("\(error)") }
    }
  }

  /// Fails the test unless the server answers.
  func assertServes(_ address: SocketAddress, line: UInt = #line) throws {
    let client = try connect(to: address)
    try client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    XCTAssertEqual(try client.readLine(), "HTTP/1.1 200 OK", line: line)
    client.socket.close()
  }
}
