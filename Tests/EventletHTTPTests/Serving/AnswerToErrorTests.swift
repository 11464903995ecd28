import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Errors that answer for themselves, by a stream that comes to nothing.
final class AnswerToErrorTests: HTTPTestCase {
  private struct Odd: Error {}

  /// Thrown by a stream of which nothing has been sent.
  private struct Streaming: RespondingError {
    let write: @Sendable (ResponseWriter) throws -> Void
    var response: ServerResponse { .stream(write) }
  }

  private func makeServer(
    _ write: @escaping @Sendable (ResponseWriter) throws -> Void
  ) -> HTTPServer { makeServer { _ in .stream { _ in throw Streaming(write: write) } } }

  func testAFailureIs500AndReportedOnce() throws {
    let client = try connect(to: makeServer { _ in throw Odd() })
    try client.send(request: "GET /")
    try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
    try client.expectClosed()
    expectReports("Odd()")
  }

  func testAFailureAfterAPartIsReportedOnce() throws {
    let address = try listen(
      makeServer { writer in
        try writer.write("abc")
        try writer.flush()
        throw Odd()
      })
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectReset()
    expectReports("Odd()")
  }

  func testAKillIsNoFailure() throws {
    for flushes in [false, true] {
      let address = try listen(
        makeServer { writer in
          if flushes {
            try writer.write("abc")
            try writer.flush()
          }
          throw GreenThreadExit()
        })
      let client = try connect(to: address)
      try client.send(request: "GET /")
      if flushes { try client.expectReset() } else { try client.expectClosed() }
      expectReports()
    }
  }

  func testAClientThatGoesIsNoFailure() throws {
    let server = makeServer { writer in
      for _ in 0..<1000 { try writer.write([UInt8](repeating: 0, count: 65_536)) }
    }
    let client = try connect(to: try listen(server))
    try client.send(request: "GET /")
    _ = try client.readLine()
    try client.reset()
    while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    expectReports()
  }
}
