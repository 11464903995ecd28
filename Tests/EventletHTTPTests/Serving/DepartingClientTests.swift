import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Clients that go before they have got their answer.
final class DepartingClientTests: HTTPTestCase {
  // Eventlet: W84
  func testAClientThatGoesDuringTheAnswerIsNoError() throws {
    for isReset in [true, false] {
      let server = makeServer { request in
        if request.path == "/bytes" { return .bytes([UInt8](repeating: 0, count: 64 << 20)) }
        return .stream { writer in
          while true { try writer.write([UInt8](repeating: 0, count: 10_000)) }
        }
      }
      let address = try listen(server)
      for path in ["/bytes", "/stream"] {
        let client = try connect(to: address)
        try client.send(request: "GET \(path)")
        _ = try client.readLine()
        if isReset { try client.reset() } else { client.socket.close() }
        while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
      }
      try assertServes(address)
    }
  }

  // Eventlet: W84
  func testAClientThatIsResetWhileItsBodyIsReadIsNoError() throws {
    for path in ["/handler", "/stream", "/rest"] {
      let server = makeServer { request in
        if path == "/handler" { _ = try request.body.readAll() }
        return .stream { writer in if path == "/stream" { _ = try request.body.readAll() } }
      }
      let address = try listen(server)
      let client = try connect(to: address)
      try client.send(request: "POST /", "Content-Length: 10")
      try client.send("abc")
      try client.settle()
      try client.reset()
      while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
      XCTAssertEqual(takeUncaughtErrors().map { "\($0)" }, [], path)
      try assertServes(address)
    }
  }

  // Eventlet: W84
  func testAClientThatIsResetWhileARequestIsAwaitedIsNoError() throws {
    let server = makeServer { _ in .text("x") }
    let address = try listen(server)
    for sent in ["", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
      let client = try connect(to: address)
      try client.send(sent)
      try client.settle()
      try client.reset()
      while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    }
    try assertServes(address)
  }
}
