import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Handlers that take longer than they may.
final class HandlerTimeoutTests: HTTPTestCase {
  func testAHandlerThatTakesTooLongIs503() throws {
    let client = try connect({ $0.timeouts.handler = .seconds(5) }) { request in
      try GreenThread.sleep(for: .seconds(Int(request.path.dropFirst()) ?? 0))
      return .text("in time")
    }
    try client.send(request: "GET /4")
    try client.expectResponse(200, "in time", fields: ["Connection": nil])
    let begin = clock.elapsed
    try client.send(request: "GET /6")
    try client.expectResponse(503, "Service Unavailable\n", fields: ["Connection": "close"])
    XCTAssertEqual(clock.elapsed - begin, .seconds(5))
    try client.expectClosed()
    expectReports("took too long")
  }

  func testAHandlerMayAnswerForItself() throws {
    let client = try connect({ $0.timeouts.handler = .seconds(5) }) { _ in
      do { try GreenThread.sleep(for: .seconds(6)) } catch let error as any TimeoutError {
        XCTAssertTrue(error is HandlerTimedOut)
        return .text("later", status: .tooManyRequests)
      }
      return .text("never")
    }
    try client.send(request: "GET /")
    try client.expectResponse(429, "later", fields: ["Connection": nil])
  }

  /// A client that takes nothing has not broken the connection: the time is the handler's.
  func testAWriteThatTakesTooLongIsReported() throws {
    let much = [UInt8](repeating: 0, count: 3_000_000)
    for isOwn in [false, true] {
      for kind in StreamKind.allCases {
        let server = makeServer({ $0.timeouts.handler = isOwn ? nil : .seconds(5) }) { _ in
          .stream { writer in
            try withTimeout(isOwn ? .seconds(5) : nil) { try writer.write(much) }
          }
        }
        let client = try connect(to: server, over: kind)
        try client.send(request: "GET /")
        try GreenThread.sleep(for: .seconds(6))
        XCTAssertEqual(server.connectionCount, 0)
        expectReports(isOwn ? "5 seconds" : "took too long")
        _ = try client.readToEnd()
      }
    }
  }

  /// The time is for both together.
  func testAStreamThatTakesTooLongIs503OrCut() throws {
    for flushes in [false, true] {
      for isSlowBefore in [false, true] {
        let address = try listen(
          makeServer({ $0.timeouts.handler = .seconds(5) }) { request in
            if isSlowBefore { try GreenThread.sleep(for: .seconds(4)) }
            return .stream { writer in
              try writer.write("abc")
              if flushes { try writer.flush() }
              try GreenThread.sleep(for: .seconds(isSlowBefore ? 2 : 6))
            }
          })
        let client = try connect(to: address)
        let begin = clock.elapsed
        try client.send(request: "GET /")
        if flushes {
          try client.expectReset()
        } else {
          try client.expectResponse(503)
          try client.expectClosed()
        }
        XCTAssertEqual(clock.elapsed - begin, .seconds(5), "\(flushes) \(isSlowBefore)")
        expectReports("took too long")
      }
    }
  }
}
