import EventletCore
import EventletHTTP
import EventletNet
import HTTPTypes
import Testing

/// What comes out of a process that serves.
@Suite struct SilentServerTests {
  /// Serves good requests, bad ones and half of one, and clients that come and go.
  private static func serve(_ configuration: HTTPServer.Configuration) throws {
    let server = HTTPServer(configuration: configuration) { request in
      if request.path == "/missing" { throw HTTPError(.notFound) }
      return .text("x")
    }
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let address = try listener.localAddress
    let serving = spawn { try server.serve(listener) }
    for request in [
      "", "GET", "GET / HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n", "GET /missing HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nx",
    ] {
      let client = try GreenSocket.connect(to: address)
      try client.sendAll(request)
      try client.shutdown(.writing)
      while try !client.receive(upTo: 1000).isEmpty {}
      client.close()
    }
    server.stop()
    try serving.wait()
  }

  // Eventlet: W94
  @Test func nothingIsWrittenUnlessItIsAskedFor() async throws {
    let result = try await #require(
      processExitsWith: .success,
      observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      try SilentServerTests.serve(HTTPServer.Configuration())
    }
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self) == "")
    // The test program itself may have something to say there.
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(!output.contains("127.0.0.1"))
  }

  // Eventlet: W94, W96
  @Test func anAccessLogOnStandardErrorIsAllThatIsThere() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      var configuration = HTTPServer.Configuration()
      configuration.accessLog = .standardError(
        try AccessLogFormat("{client_ip} \"{request_line}\" {status_code}"))
      try SilentServerTests.serve(configuration)
    }
    let lines = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(
      lines == """
        127.0.0.1 "GET / HTTP/1.0" 200
        127.0.0.1 "nonsense" 400
        127.0.0.1 "GET /missing HTTP/1.0" 404
        127.0.0.1 "POST / HTTP/1.0" 200

        """)
  }
}
