import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

final class UnixSocketTests: ClientTestCase {
  func testARequestByAUnixSocket() throws {
    let path = "/tmp/eventlet-client-\(getpid()).socket"
    let elsewhere = try serve { _ in .text("elsewhere") }
    let server = HTTPServer { request in
      switch request.path {
      case "/away": .redirect(to: elsewhere)
      case "/near": .redirect(to: "/end")
      default: .text("\(request.authority ?? "-") \(request.path)")
      }
    }
    let listener = try GreenSocket.listen(on: .unix(path))
    let serving = spawn { try server.serve(listener) }
    atEnd {
      server.stop()
      try serving.wait()
      unlink(path)
    }
    try GreenThread.yield()
    let client = makeClient {
      $0.resolver = FixedResolver([:])
      $0.proxy = .url("http://127.0.0.1:1")
    }
    var request = HTTPClientRequest(.get, "http://docker.test/version")
    request.unixSocketPath = path
    let response = try client.send(request)
    XCTAssertEqual(try response.text(), "docker.test /version")
    XCTAssertNil(response.remoteAddress)
    request.url = "http://docker.test/near"
    XCTAssertEqual(try client.send(request).text(), "docker.test /end")
    XCTAssertEqual(client.statistics.connections, 1)
    // Another origin is not there.
    request.url = "http://docker.test/away"
    XCTAssertEqual(try clientError { try client.send(request) }.reason, .connect)
    XCTAssertEqual(try clientError { try client.get("http://docker.test/") }.reason, .connect)
    request.unixSocketPath = "/no/such/socket"
    XCTAssertEqual(try clientError { try client.send(request) }.reason, .connect)
    request.unixSocketPath = "a\0b"
    XCTAssertThrowsError(try client.send(request))
  }
}
