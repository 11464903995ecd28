import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Clients that wait to be told to send the body.
final class ContinueTests: HTTPTestCase {
  private static let counted = "Content-Length: 4"
  private static let chunked = "Transfer-Encoding: chunked"
  private static let bodies = [(counted, "body"), (chunked, "4\r\nbody\r\n0\r\n\r\n")]

  // Eventlet: W48
  func testItIsToldWhenTheBodyIsFirstRead() throws {
    for kind in StreamKind.allCases {
      for (field, body) in Self.bodies {
        let permit = EventletCore.Semaphore(value: 0)
        let server = makeServer { request in
          try permit.acquire()
          let first = try request.body.receive(upTo: 1)
          return .text(String(decoding: first, as: UTF8.self) + (try request.body.readText()))
        }
        let client = try connect(to: server, over: kind)
        for expectation in ["100-continue", "100-CONTINUE", "\t100-Continue "] {
          try client.send(request: "POST /", "Expect: \(expectation)", field)
          try client.expectIdle()
          permit.release()
          try client.expectContinue()
          try client.expectIdle()
          try client.send(body)
          // Eventlet: W50
          try client.expectResponse(200, "body", fields: ["Connection": nil])
        }
        try client.expectIdle()
      }
    }
  }

  // Eventlet: W50
  func testRequestsThatFollowAreAnswered() throws {
    let client = try connect { request in .text(try request.body.readText() + request.path) }
    try client.send(request: "POST /1", "Expect: 100-continue", Self.counted, body: "body")
    try client.send(request: "GET /2")
    try client.send(request: "POST /3", "Expect: 100-continue", Self.chunked)
    try client.expectContinue()
    try client.expectResponse(200, "body/1")
    try client.expectResponse(200, "/2")
    try client.expectContinue()
    try client.send("0\r\n\r\n")
    try client.expectResponse(200, "/3")
    try client.expectIdle()
  }

  // Eventlet: W49
  func testAnAnswerWithoutTheBodyClosesTheConnection() throws {
    for (field, _) in Self.bodies {
      for stream in [false, true] {
        let client = try connect { _ in
          stream
            ? .stream(status: .forbidden) { try $0.write("no") } : .text("no", status: .forbidden)
        }
        try client.send(request: "POST /", "Expect: 100-continue", field)
        try client.expectResponse(403, "no", fields: ["Connection": "close"])
        try client.expectClosed()
      }
    }
  }

  // Eventlet: W49
  func testAnErrorBeforeTheBodyClosesTheConnection() throws {
    let client = try connect { _ in throw HTTPError(.unauthorized) }
    try client.send(request: "POST /", "Expect: 100-continue", Self.counted)
    try client.expectResponse(401, fields: ["Connection": "close"])
    // What it sends all the same is no request.
    try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
    try client.expectClosed()
  }

  func testABodyOverTheLimitIsNotAskedFor() throws {
    let client = try connect({ $0.limits.body = 3 }) { request in .text(try request.body.readText())
    }
    try client.send(request: "POST /", "Expect: 100-continue", Self.counted)
    try client.expectRefusal(413, "body longer than 3 bytes")
  }

  func testWithoutABodyThereIsNothingToTell() throws {
    let client = try connect { request in
      try request.body.sendContinue()
      return .text(try request.body.readText())
    }
    for field in ["X: y", "Content-Length: 0"] {
      try client.send(request: "POST /", "Expect: 100-continue", field)
      try client.expectResponse(200, "", fields: ["Connection": nil])
    }
  }

  // Eventlet: W51
  // Differs: names go out as they are given.
  func testFieldsMayBeSentAlong() throws {
    let client = try connect { request in
      let name = HTTPField.Name("x-ONE").unsafelyUnwrapped
      try request.body.sendContinue([name: "1", .server: "s"])
      return .text(try request.body.readText())
    }
    try client.send(request: "POST /", "Expect: 100-continue", Self.counted)
    try client.expectBytes("HTTP/1.1 100 Continue\r\nx-ONE: 1\r\nServer: s\r\n\r\n")
    try client.send("body")
    try client.expectResponse(200, "body", fields: ["X-One": nil])
  }

  // Eventlet: W52
  // Differs: a body in chunks is one body, whatever is sent between its parts.
  func testItMayBeToldAgainBetweenReads() throws {
    for (field, parts) in [
      (Self.counted, ["bo", "d", "y"]),
      (Self.chunked, ["2\r\nbo\r\n", "1\r\nd\r\n", "1\r\ny\r\n0\r\n\r\n"]),
    ] {
      let client = try connect { request in
        var text = ""
        for (count, part) in [(2, 1), (1, 2), (1, 3)] {
          try request.body.sendContinue([.eTag: "\(part)"])
          text += String(decoding: try request.body.receive(upTo: count), as: UTF8.self)
        }
        XCTAssertEqual(try request.body.readAll(), [])
        return .text(text)
      }
      try client.send(request: "POST /", "Expect: 100-continue", field)
      for (number, part) in parts.enumerated() {
        XCTAssertEqual(try client.expectContinue()["ETag"], "\(number + 1)")
        try client.expectIdle()
        try client.send(part)
      }
      try client.expectResponse(200, "body")
      try client.expectIdle()
    }
  }

  // Eventlet: W53
  func testNothingIsToldOnceTheResponseHasBegun() throws {
    for flushes in [false, true] {
      for (field, body) in Self.bodies {
        let client = try connect { request in
          .stream { writer in
            if flushes {
              try writer.write("first ")
              try writer.flush()
            }
            try request.body.sendContinue()
            try writer.write(try request.body.readAll())
          }
        }
        try client.send(request: "POST /", "Expect: 100-continue", field)
        try client.settle()
        try client.send(body)
        try client.expectResponse(
          200, flushes ? "first body" : "body", fields: ["Connection": "close"])
        try client.expectClosed()
      }
    }
  }

  // Eventlet: W54
  func testOtherExpectationsAreRefused() throws {
    for expectation in ["200-ok", "100-continue, x", "100-continue=1", "100", ""] {
      let client = try connect { request in .text(try request.body.readText()) }
      try client.send(request: "POST /", "Expect: \(expectation)", Self.counted, body: "body")
      try client.expectRefusal(417, "unsupported Expect")
    }
  }

  // Eventlet: W54
  func testHTTP1_0IsToldNothing() throws {
    let client = try connect { request in
      try request.body.sendContinue()
      return .text(try request.body.readText())
    }
    for expectation in ["100-continue", "something"] {
      try client.send(
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: \(expectation)\r\n"
          + "Content-Length: 4\r\n\r\n")
      try client.expectIdle()
      try client.send("body")
      try client.expectResponse(200, "body")
    }
  }

  func testAClientThatDoesNotWaitIsToldNothing() throws {
    let client = try connect { request in
      try request.body.sendContinue()
      return .text(try request.body.readText())
    }
    try client.send(request: "POST /", Self.counted, body: "body")
    try client.expectResponse(200, "body")
  }

  /// What is left of it when the reader is interrupted is sent later, and is all that is.
  func testItIsToldOnceThoughTheReaderIsInterrupted() throws {
    let server = makeServer { request in
      assertThrows(Timeout.self) {
        try withTimeout(.seconds(1)) { _ = try request.body.receive(upTo: 4) }
      }
      return .text(try request.body.readText())
    }
    let (client, count) = try connectWithoutRoom(to: server)
    try client.send(request: "POST /", "Expect: 100-continue", Self.counted)
    try GreenThread.sleep(for: .seconds(2))
    _ = try client.read(count)
    try client.expectContinue()
    try client.send("body")
    try client.expectResponse(200, "body")
    try client.expectIdle()
    try client.finish()
  }
}
