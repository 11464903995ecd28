import EventletCore
import EventletHTTPClient
import EventletNet
import Testing

/// Programmers' errors with a client end the process, and say what was done.
@Suite struct ClientTrapTests {
  @Test func useOnAnotherOSThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      nonisolated(unsafe) let client = HTTPClient()
      try ThreadPool.execute { _ = try client.get("http://127.0.0.1:1/") }
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("an HTTPClient was used on another OS thread"), "\(output)")
  }

  @Test func useAfterTheEndOfTheHubTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let client = HTTPClient()
      try Hub.current.destroy()
      _ = try client.get("http://127.0.0.1:1/")
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("or its hub was destroyed"), "\(output)")
  }

  @Test func numbersOfConnectionsThatAreNoneTrap() async throws {
    await #expect(processExitsWith: .failure) {
      var configuration = HTTPClient.Configuration()
      configuration.connectionsPerHost = 0
      _ = HTTPClient(configuration)
    }
    await #expect(processExitsWith: .failure) {
      var configuration = HTTPClient.Configuration()
      configuration.connections = -1
      _ = HTTPClient(configuration)
    }
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var configuration = HTTPClient.Configuration()
      configuration.idleConnections = -1
      _ = HTTPClient(configuration)
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("idleConnections is negative"), "\(output)")
  }

  @Test func closingOnAnotherOSThreadTraps() async throws {
    await #expect(processExitsWith: .failure) {
      nonisolated(unsafe) let client = HTTPClient()
      try ThreadPool.execute { client.close() }
    }
    await #expect(processExitsWith: .failure) {
      nonisolated(unsafe) let client = HTTPClient()
      try ThreadPool.execute { _ = client.statistics }
    }
  }

  @Test func readingOnAnotherOSThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      let server = spawn {
        let socket = try listener.accept().socket
        try socket.sendAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try GreenThread.sleep(for: .seconds(10))
      }
      nonisolated(unsafe) let response = try HTTPClient.get("http://\(listener.localAddress)/")
      try ThreadPool.execute { _ = try response.bytes() }
      try server.kill()
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("was used on another OS thread"), "\(output)")
  }
}
