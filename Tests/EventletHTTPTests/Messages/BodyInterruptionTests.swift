import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Kills and timeouts while a body is read, and readers that come too many or too late.
final class BodyInterruptionTests: HTTPTestCase {
  /// The same ten bytes, begun and ended, in both ways of telling their length.
  private static let bodies = [
    (field: "Content-Length: 10", begin: "01", rest: "23456789"),
    (field: "Transfer-Encoding: chunked", begin: "3\r\n01", rest: "2\r\n7\r\n3456789\r\n0\r\n\r\n"),
  ]

  // MARK: Interruptions

  func testATimeoutLosesNothing() throws {
    for kind in StreamKind.allCases {
      for (field, begin, rest) in Self.bodies {
        let server = makeServer { request in
          var received: [UInt8] = []
          var timeouts = 0
          while !request.body.isAtEnd {
            do {
              try withTimeout(.seconds(1)) { received += try request.body.receive(upTo: 100) }
            } catch is Timeout { timeouts += 1 }
          }
          return .text("\(timeouts) \(String(decoding: received, as: UTF8.self))")
        }
        let client = try connect(to: server, over: kind)
        try client.send(request: "POST /", field, body: begin)
        try GreenThread.sleep(for: .milliseconds(3500))
        try client.send(rest)
        try client.expectResponse(200, "3 0123456789", fields: ["Connection": nil])
        try client.send(request: "GET /")
        try client.expectResponse(200, "0 ")
      }
    }
  }

  /// Whatever a reader of the handler's was doing when it was killed.
  func testAKilledReaderLosesNothing() throws {
    for (field, begin, rest) in Self.bodies {
      for comesFirst in [false, true] {
        let body = begin + rest
        for split in 0..<body.utf8.count {
          let client = try connect { request in
            var received: [UInt8] = []
            let reader = spawn {
              while case let piece = try request.body.receive(upTo: 3), !piece.isEmpty {
                received += piece
              }
            }
            try GreenThread.sleep(for: .seconds(2))
            try reader.kill()
            XCTAssertTrue(reader.isFinished)
            try request.body.forEach { received += $0 }
            return .bytes(received)
          }
          try client.send(request: "POST /", field, body: String(body.prefix(split)))
          // With the rest before the kill but in the same turn, or after it.
          let hub = Hub.current
          hub.schedule(after: comesFirst ? .seconds(2) : .seconds(3)) {
            try? client.send(String(body.dropFirst(split)))
          }
          try client.expectResponse(200, "0123456789")
        }
      }
    }
  }

  func testAHandlerThatIsKilledEndsItsConnection() throws {
    for (field, begin, _) in Self.bodies {
      var hooks = 0
      let server = makeServer { request in
        request.afterResponse { _ in hooks += 1 }
        return .text(try request.body.readText())
      }
      let (near, far) = try GreenSocket.pair()
      let client = RawClient(near, servedBy: spawn { try server.serve(connection: far) })
      try client.send(request: "POST /", field, body: begin)
      try client.settle()
      try client.serving?.kill()
      XCTAssertEqual(client.serving?.isFinished, true)
      XCTAssertLessThan(far.selectedDescriptor, 0)
      XCTAssertEqual(hooks, 1)
      XCTAssertEqual(server.statistics.activeCount, 0)
      XCTAssertEqual(server.connectionCount, 0)
      try client.expectClosed()
      near.close()
    }
  }

  func testTheTimeOfTheHandlerHoldsWhileItReads() throws {
    for (field, begin, _) in Self.bodies {
      let client = try connect({ $0.timeouts.handler = .seconds(5) }) { request in
        .text(try request.body.readText())
      }
      try client.send(request: "POST /", field, body: begin)
      let before = clock.elapsed
      try client.expectResponse(503, fields: ["Connection": "close"])
      XCTAssertEqual((clock.elapsed - before).components.seconds, 5)
      XCTAssertEqual(takeUncaughtErrors().count, 1)
      try client.expectClosed()
    }
  }

  // MARK: Several readers

  func testASecondReaderIsAnErrorAndTheFirstGoesOn() throws {
    for (field, begin, rest) in Self.bodies {
      let client = try connect { request in
        let first = spawn { try request.body.readAll() }
        try GreenThread.yield()
        for _ in 0..<2 {
          assertThrows(HubError.self) {
            _ = try request.body.receive(upTo: 1)
          } check: {
            guard case .secondWaiter(_, _, let one, let other) = $0 else { return XCTFail("\($0)") }
            XCTAssertEqual(one, "\(first)")
            XCTAssertEqual(other, "\(GreenThread.current)")
          }
        }
        return .bytes(try first.wait())
      }
      try client.send(request: "POST /", field, body: begin)
      try client.settle()
      try client.send(rest)
      try client.expectResponse(200, "0123456789")
      try client.expectIdle()
    }
  }

  /// Not every stream looks after that itself.
  func testASecondReaderIsAnErrorOverAnyStream() throws {
    let stream = QueuedStream()
    try stream.queue.put(
      Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n".utf8))
    let server = makeServer { request in
      let first = spawn { try request.body.readText() }
      try GreenThread.yield()
      assertThrows(HubError.self) { _ = try request.body.receive(upTo: 1) }
      for piece in ["bo", "dy"] { try stream.queue.put(Array(piece.utf8)) }
      return .text(try first.wait())
    }
    let serving = spawn { try server.serve(connection: stream) }
    try GreenThread.sleep(for: .nanoseconds(1))
    try stream.queue.put([])
    try serving.wait()
    XCTAssertTrue(stream.sent.hasSuffix("\r\n\r\nbody"), stream.sent)
  }

  func testReadersMayTakeTurns() throws {
    let client = try connect { request in
      var text = ""
      for _ in 0..<5 {
        text += try spawn {
          String(decoding: try request.body.receive(upTo: 2), as: UTF8.self)
        }.wait()
      }
      return .text(text)
    }
    try client.send(request: "POST /", "Content-Length: 10", body: "0123456789")
    try client.expectResponse(200, "0123456789")
  }

  /// Such as one that was forgotten.
  func testAReaderThatIsStillThereAfterTheResponseGetsAnError() throws {
    for kind in StreamKind.allCases {
      for (field, begin, _) in Self.bodies {
        var reader: GreenThread<[UInt8]>?
        let server = makeServer { request in
          reader = spawn { try request.body.readAll() }
          try GreenThread.yield()
          return .text("answer")
        }
        let client = try connect(to: server, over: kind)
        try client.send(request: "POST /", field, body: begin)
        try client.expectResponse(200, "answer")
        try client.expectClosed()
        assertThrows(HubError.self) {
          _ = try reader?.wait()
        } check: {
          guard case .closedWhileWaiting = $0 else { return XCTFail("\($0)") }
        }
      }
    }
  }

  // MARK: Too late

  func testReadingAfterTheResponseIsAnError() throws {
    for (field, begin, rest) in Self.bodies + [("X: y", "", "")] {
      for reads in [false, true] {
        var kept: RequestBody?
        let client = try connect { request in
          if request.path == "/other" { return .text("other") }
          kept = request.body
          if reads { _ = try request.body.readAll() }
          return .text("answer")
        }
        try client.send(request: "POST /", field, body: begin + rest)
        try client.expectResponse(200, "answer")
        try client.settle()
        let body = try XCTUnwrap(kept)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
        defer { memory.deallocate() }
        assertDoesNotSwitch {
          for read in [
            { _ = try body.receive(upTo: 1) }, { _ = try body.receive(into: memory) },
            { _ = try body.readAll() }, { _ = try body.readText() }, { try body.forEach { _ in } },
            { _ = try body.makeReader().readLine() }, { try body.sendContinue() },
          ] as [() throws -> Void] {
            assertThrows(HTTPServerError.self, read) { XCTAssertEqual($0, .requestEnded) }
          }
        }
        XCTAssertTrue(body.isAtEnd)
        // Not the body of the next one either.
        try client.send(request: "POST /other", "Content-Length: 3", body: "abc")
        try client.expectResponse(200, "other")
        assertThrows(HTTPServerError.self) { _ = try body.readAll() }
      }
    }
  }

  func testReadingInAHookIsTooLate() throws {
    for (field, begin, rest) in Self.bodies {
      for request in [(field, begin + rest), ("Expect: 100-continue\r\n" + field, "")] {
        var errors: [HTTPServerError] = []
        let client = try connect { request in
          request.afterResponse { request in
            for read in [
              { _ = try request.body.readAll() }, { try request.body.sendContinue() },
            ] {
              assertThrows(HTTPServerError.self, read) { errors.append($0) }
            }
          }
          return .text("answer")
        }
        try client.send(request: "POST /", request.0, body: request.1)
        try client.send(request: "POST /", request.0, body: request.1)
        try client.expectResponse(200, "answer")
        try client.settle()
        XCTAssertEqual(errors.prefix(2), [.requestEnded, .requestEnded])
      }
    }
  }
}

/// Gives what is put into its queue, to whoever asks; nothing is the end.
private final class QueuedStream: ByteStream {
  let queue = Queue<[UInt8]>()
  private(set) var sent = ""

  func receive(upTo count: Int) throws -> [UInt8] { try queue.get() }
  func sendAll(_ bytes: [UInt8]) throws { sent += String(decoding: bytes, as: UTF8.self) }
  func close() {}
}
