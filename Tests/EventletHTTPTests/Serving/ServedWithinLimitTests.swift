import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// A timeout or a kill's error that is meant for who has a connection served gets there.
final class ServedWithinLimitTests: HTTPTestCase {
  private struct Enough: Error {}

  /// Where a connection may wait.
  private let places: [(sent: String, handler: RequestHandler)] = {
    let much = [UInt8](repeating: 0, count: 3_000_000)
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    return [
      ("", { _ in .text("never") }), ("GET /", { _ in .text("never") }),
      (get, { _ in .text("served") }),
      (
        get,
        { _ in
          try GreenThread.sleep(for: .seconds(3600))
          return .text("never")
        }
      ),
      (get, { _ in .bytes(much) }), (get, { _ in .stream { try $0.write(much) } }),
      (
        get,
        { _ in
          .stream { writer in
            try writer.write("begun")
            try writer.flush()
            try GreenThread.sleep(for: .seconds(3600))
          }
        }
      ),
      (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        { .bytes(try $0.body.readAll()) }
      ),
      (get, { _ in .takeOver { _ = try $0.receive(upTo: 1) } }),
      (
        get,
        { request in
          request.afterResponse { _ in try GreenThread.sleep(for: .seconds(3600)) }
          request.afterResponse { _ in }
          return .text("served")
        }
      ),
    ]
  }()

  func testATimeoutOfTheCallerReachesTheCaller() throws {
    for kind in StreamKind.allCases {
      for (index, place) in places.enumerated() {
        for isReplaced in [false, true] {
          let server = makeServer(handler: place.handler)
          let (near, far) = try GreenSocket.pair()
          let serving = spawn {
            try withTimeout(.seconds(5), throwing: isReplaced ? Enough() : nil) {
              try server.serve(connection: kind.stream(over: far))
            }
          }
          try near.sendAll(Array(place.sent.utf8))
          let begin = clock.elapsed
          XCTAssertThrowsError(try serving.wait(), "\(kind) \(index)") {
            XCTAssertTrue(isReplaced ? $0 is Enough : $0 is Timeout, "\(kind) \(index): \($0)")
          }
          XCTAssertEqual(clock.elapsed - begin, .seconds(5), "\(kind) \(index)")
          XCTAssertEqual(server.connectionCount, 0)
          near.close()
        }
      }
    }
  }

  func testAKillsOwnErrorReachesTheCaller() throws {
    for (index, place) in places.enumerated() {
      let server = makeServer(handler: place.handler)
      let (near, far) = try GreenSocket.pair()
      let serving = spawn { try server.serve(connection: far) }
      try near.sendAll(Array(place.sent.utf8))
      try GreenThread.sleep(for: .milliseconds(1))
      try serving.kill(throwing: Enough())
      XCTAssertThrowsError(try serving.wait()) { XCTAssertTrue($0 is Enough, "\(index): \($0)") }
      near.close()
    }
  }

  /// Those of the handler are the handler's.
  func testATimeoutOfTheHandlerIsTheHandlers() throws {
    let server = makeServer { _ in
      try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(3600)) }
      return .text("never")
    }
    let (near, far) = try GreenSocket.pair()
    let client = RawClient(
      near,
      servedBy: spawn {
        try withTimeout(.seconds(5)) { try server.serve(connection: far) }
      })
    try client.send(request: "GET /")
    try client.expectResponse(500)
    expectReports("1 second")
    try client.finish()
  }

  /// A handler that makes do with less has dealt with it: what comes later is not of that.
  func testWhatAHandlerHasCaughtIsOver() throws {
    let server = makeServer { request in
      if request.path == "/caught" {
        try? GreenThread.sleep(for: .seconds(3600))
        request.afterResponse { _ in throw Enough() }
        return .text("less")
      }
      throw HTTPError(.notFound)
    }
    let (near, far) = try GreenSocket.pair()
    let client = RawClient(
      near,
      servedBy: spawn {
        try withTimeout(.seconds(5)) { try server.serve(connection: far) }
      })
    for kind in ["/caught", "/other", "/other"] {
      try client.send(request: "GET \(kind)")
      try client.expectResponse(kind == "/caught" ? 200 : 404)
    }
    expectReports("Enough")
    try client.finish()
  }

  func testNoTimeoutIsNoError() throws {
    let server = makeServer { _ in .text("served") }
    let (near, far) = try GreenSocket.pair()
    let client = RawClient(
      near,
      servedBy: spawn {
        try withTimeout(.seconds(5)) { try server.serve(connection: far) }
      })
    try client.send(request: "GET /", "Connection: close")
    try client.expectResponse(200, "served")
    try client.expectClosed()
    try client.finish()
  }
}
