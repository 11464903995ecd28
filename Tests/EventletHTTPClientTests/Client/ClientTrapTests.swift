import EventletCore
import EventletHTTPClient
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
}
