import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

// The programs of the guide "Testing handlers".

/// Sends a request to a handler, and returns all that it answers.
func ask(
  _ handler: @escaping RequestHandler, _ request: String,
  configuration: HTTPServer.Configuration = HTTPServer.Configuration()
) throws -> String {
  let server = HTTPServer(configuration: configuration, handler)
  let (client, far) = try GreenSocket.pair()
  let serving = spawn { try server.serve(connection: far) }
  defer { client.close() }
  try client.sendAll(request)
  try client.shutdown(.writing)
  let answer = String(decoding: try client.reader.readAll(), as: UTF8.self)
  try serving.wait()
  return answer
}

final class HelloTests: GreenTestCase {
  func testItSaysHello() throws {
    let answer = try ask({ request in .text("hello \(request.path)") }, "GET /ada HTTP/1.0\r\n\r\n")
    XCTAssertTrue(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    XCTAssertTrue(answer.hasSuffix("\r\n\r\nhello /ada"))
  }
}

final class TestingHandlersTests: GreenTestCase {
  func testASlowHandlerIsCutOff() throws {
    var configuration = HTTPServer.Configuration()
    configuration.timeouts.handler = .seconds(10)
    let answer = try ask(
      { _ in
        try GreenThread.sleep(for: .seconds(3600))
        return .text("too late")
      }, "GET / HTTP/1.0\r\n\r\n", configuration: configuration)
    XCTAssertTrue(answer.hasPrefix("HTTP/1.1 503 "))
    XCTAssertEqual(clock.elapsed, .seconds(10))
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }

  func testByTCP() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let server = HTTPServer { _ in .text("hello") }
    let serving = spawn { try server.serve(listener) }

    let client = try GreenSocket.connect(to: listener.localAddress)
    try client.sendAll("GET / HTTP/1.0\r\n\r\n")
    let answer = try client.reader.readAll()
    client.close()

    server.stop()
    try serving.wait()
    XCTAssertTrue(String(decoding: answer, as: UTF8.self).hasSuffix("hello"))
  }
}
