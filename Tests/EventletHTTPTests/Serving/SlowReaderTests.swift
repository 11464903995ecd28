import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Clients that take a byte now and then, or none at all.
final class SlowReaderTests: HTTPTestCase {
  func testAClientThatTakesNothingIsCut() throws {
    let server = makeServer({ $0.timeouts.send = .seconds(5) }) { request in
      let body = [UInt8](repeating: 0, count: 100 * 1024)
      if request.path == "/bytes" { return .bytes(body) }
      return .stream(length: body.count) { try $0.write(body) }
    }
    for path in ["/bytes", "/stream"] {
      let client = try RawClient(narrowOf: server)
      let begin = clock.elapsed
      try client.send(request: "GET \(path)")
      try XCTUnwrap(client.serving).wait()
      // Not by what there is to be sent, but by the few KiB that the kernel has taken.
      let taken = clock.elapsed - begin
      XCTAssertTrue((.seconds(5)...(.seconds(30))).contains(taken), "\(path) \(taken)")
      XCTAssertLessThan(try client.readToEnd().count, 100 * 1024)
      try client.finish()
    }
  }

  func testAClientThatTakesTooLittleIsCut() throws {
    for (rate, most) in [(1024, Duration.seconds(30)), (0, .seconds(6))] {
      let client = try RawClient(
        narrowOf: makeServer {
          $0.timeouts.send = .seconds(5)
          $0.timeouts.minimumRate = rate
        } handler: { _ in
          .bytes([UInt8](repeating: 0, count: 100 * 1024))
        })
      let begin = clock.elapsed
      try client.send(request: "GET /")
      let serving = try XCTUnwrap(client.serving)
      while !serving.isFinished {
        _ = try client.socket.receive(upTo: 100)
        try GreenThread.sleep(for: .seconds(1))
      }
      let taken = clock.elapsed - begin
      XCTAssertTrue((.seconds(5)...most).contains(taken), "\(rate) \(taken)")
      try client.finish()
    }
  }

  func testAClientThatTakesEnoughGetsAll() throws {
    let body = ResponseBodyTests.pattern(100 * 1024)
    let client = try RawClient(
      narrowOf: makeServer({ $0.timeouts.send = .seconds(5) }) { _ in .bytes(body) })
    try client.send(request: "GET /")
    try client.endSending()
    var received: [UInt8] = []
    while case let more = try client.socket.receive(upTo: 1024), !more.isEmpty {
      received += more
      try GreenThread.sleep(for: .seconds(1))
    }
    XCTAssertTrue(received.suffix(body.count) == body[...])
    XCTAssertGreaterThan(clock.elapsed, .seconds(95))
    try client.finish()
  }
}
