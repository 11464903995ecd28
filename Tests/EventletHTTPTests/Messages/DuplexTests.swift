import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Handlers that read the body while they write the response.
final class DuplexTests: HTTPTestCase {
  private static let counted = "Content-Length: 8"
  private static let chunked = "Transfer-Encoding: chunked"

  // Eventlet: W53
  func testEachPartIsAnsweredBeforeTheNextComes() throws {
    for kind in StreamKind.allCases {
      for (field, parts) in [
        (Self.counted, ["one", "two", "33"]),
        (Self.chunked, ["3\r\none\r\n", "3\r\ntwo\r\n", "2\r\n33\r\n0\r\n\r\n"]),
      ] {
        let server = makeServer { request in
          .stream { writer in
            try request.body.forEach { piece in
              try writer.write("<\(String(decoding: piece, as: UTF8.self))>")
              try writer.flush()
            }
          }
        }
        let client = try connect(to: server, over: kind)
        for _ in 0..<2 {
          try client.send(request: "POST /", field)
          // The head, since the client may wait for it.
          XCTAssertEqual(try client.readLine(), "HTTP/1.1 200 OK")
          while try !client.readLine().isEmpty {}
          for (part, answer) in zip(parts, ["<one>", "<two>", "<33>"]) {
            try client.expectIdle()
            try client.send(part)
            try client.expectBytes("\(answer.utf8.count)\r\n\(answer)\r\n")
          }
          try client.expectBytes("0\r\n\r\n")
        }
        try client.expectIdle()
      }
    }
  }

  func testWhatIsLeftIsThrownAwayAfterTheStream() throws {
    let client = try connect { request in
      .stream { writer in
        try writer.write("begun")
        try writer.flush()
        try writer.write(try request.body.receive(upTo: 2))
      }
    }
    for (field, body) in [
      (Self.counted, "12345678"), (Self.chunked, "8\r\n12345678\r\n0\r\n\r\n"),
    ] {
      try client.send(request: "POST /", field, body: body)
      try client.expectResponse(200, "begun12")
    }
    try client.expectIdle()
  }

  /// Once the response has begun, nothing but the end of the connection can tell the client.
  func testAnErrorOfTheBodyCutsTheResponse() throws {
    for flushes in [false, true] {
      let client = try connect { request in
        .stream { writer in
          try writer.write("begun")
          if flushes { try writer.flush() }
          try writer.write(try request.body.readAll())
        }
      }
      try client.send(request: "POST /", Self.chunked, body: "x\r\n")
      if flushes {
        XCTAssertThrowsError(try client.readResponse()) { XCTAssertTrue($0 is MalformedResponse) }
      } else {
        try client.expectRefusal(400, "malformed chunk")
      }
    }
  }

  // MARK: Two green threads

  private static let much = [UInt8](repeating: UInt8(ascii: "m"), count: 3_000_000)

  /// While the client takes nothing the writer waits, and the reader goes on.
  func testAReaderGoesOnWhileTheWriterWaits() throws {
    for kind in StreamKind.allCases {
      var received = 0
      let server = makeServer { request in
        .stream { writer in
          let reader = spawn { try request.body.forEach { received += $0.count } }
          try writer.write(Self.much)
          try reader.wait()
          try writer.write("end")
        }
      }
      let client = try connect(to: server, over: kind)
      try client.send(request: "POST /", "Content-Length: 1000000")
      for number in 1...10 {
        try client.send([UInt8](repeating: 0, count: 100_000))
        try client.settle()
        XCTAssertEqual(received, number * 100_000)
      }
      let response = try client.readResponse()
      XCTAssertEqual(response.body.count, Self.much.count + 3)
      XCTAssertEqual(response.body.suffix(4), Array("mend".utf8))
      // When it began, more of the body was left than is thrown away.
      XCTAssertEqual(response["Connection"], "close")
      try client.expectClosed()
    }
  }

  /// A reader sends what is there before it waits: who writes meanwhile comes after that.
  func testAWriterWaitsForAReaderThatSends() throws {
    for size in [10, 5000, 100_000] {
      let server = makeServer { request in
        .stream { writer in
          let writing = spawn {
            for letter in ["a", "b", "c"] {
              try writer.write(String(repeating: letter, count: size))
              try writer.flush()
            }
          }
          // Sends the head of the response.
          let body = try request.body.receive(upTo: 8)
          try writing.wait()
          try writer.write(body)
        }
      }
      let (client, count) = try connectWithoutRoom(to: server)
      try client.send(request: "POST /", Self.counted)
      try client.settle()
      _ = try client.read(count)
      try client.settle()
      try client.send("12345678")
      let response = try client.readResponse()
      let expected = ["a", "b", "c"].map { String(repeating: $0, count: size) }.joined()
      XCTAssertEqual(response.text, expected + "12345678")
      try client.expectIdle()
      try client.finish()
    }
  }

  /// A kill or timeout that comes while a reader sends what is there loses nothing of it.
  func testAReaderThatIsInterruptedWhileItSendsLosesNothing() throws {
    for isKilled in [false, true] {
      let server = makeServer { request in
        .stream { writer in
          if isKilled {
            let reader = spawn { try request.body.receive(upTo: 8) }
            try GreenThread.sleep(for: .seconds(1))
            try reader.kill()
            XCTAssertTrue(reader.isFinished)
          } else {
            assertThrows(Timeout.self) {
              try withTimeout(.seconds(1)) { _ = try request.body.receive(upTo: 8) }
            }
          }
          try writer.write(try request.body.readAll())
        }
      }
      let (client, count) = try connectWithoutRoom(to: server)
      try client.send(request: "POST /", Self.counted)
      try GreenThread.sleep(for: .seconds(2))
      try client.send("12345678")
      _ = try client.read(count)
      try client.expectResponse(200, "12345678")
      try client.expectIdle()
      try client.finish()
    }
  }

  /// A write that is interrupted before it could begin has written nothing and lost nothing.
  func testAWriterThatIsInterruptedWhileAReaderSendsMayGoOn() throws {
    let collected = String(repeating: "c", count: 100)
    for size in [10, 5000, 100_000] {
      let piece = [UInt8](repeating: UInt8(ascii: "p"), count: size)
      for length in [nil, 100 + size + 8] {
        let server = makeServer { request in
          .stream(length: length) { writer in
            try writer.write(collected)
            // Sends the head of the response.
            let reader = spawn { try request.body.receive(upTo: 8) }
            try GreenThread.yield()
            for _ in 0..<2 {
              assertThrows(Timeout.self) {
                try withTimeout(.seconds(1)) {
                  if size == 10 { try writer.flush() } else { try writer.write(piece) }
                }
              }
              XCTAssertEqual(writer.count, 100)
            }
            let body = try reader.wait()
            try writer.write(piece)
            try writer.write(body)
          }
        }
        let (client, count) = try connectWithoutRoom(to: server)
        try client.send(request: "POST /", Self.counted)
        try GreenThread.sleep(for: .seconds(3))
        try client.send("12345678")
        _ = try client.read(count)
        try client.expectResponse(
          200, collected + String(decoding: piece, as: UTF8.self) + "12345678")
        try client.expectIdle()
        try client.finish()
      }
    }
  }

  /// Once a part of something is lost, the rest must not look like it.
  func testNothingFollowsWhatWasSentInPart() throws {
    for kind in StreamKind.allCases {
      let server = makeServer({ $0.timeouts.send = .seconds(5) }) { request in
        .stream { writer in
          for _ in 0..<3 { XCTAssertThrowsError(try writer.write(Self.much)) }
          XCTAssertThrowsError(try writer.flush())
          try writer.write("end")
        }
      }
      let client = try connect(to: server, over: kind)
      try client.send(request: "GET /")
      try client.serving?.wait()
      let received = try client.readToEnd()
      XCTAssertLessThan(received.count, Self.much.count)
      XCTAssertEqual(received.last, UInt8(ascii: "m"))
    }
  }
}
