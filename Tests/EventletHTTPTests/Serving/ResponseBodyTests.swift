import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// Bodies that are there as a whole.
final class ResponseBodyTests: HTTPTestCase {
  private static let megabyte = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

  /// Bytes of which none looks like those before it; a mebibyte at most.
  static func pattern(_ count: Int) -> [UInt8] { Array(megabyte[..<count]) }

  // Eventlet: W57, W65
  func testAnEmptyBodyHasTheLengthZero() throws {
    for body in [ResponseBody.none, .bytes([]), .text("")] {
      let client = try connect { _ in ServerResponse(body: body) }
      try client.send(request: "GET /")
      try client.expectResponse(200, "", fields: ["Content-Length": "0"])
      try client.expectIdle()
    }
  }

  /// Up to 16,384 bytes are copied behind the head; others are sent from where they are.
  func testBodiesOfAllSizesArrive() throws {
    let client = try connect { request in
      let count = try XCTUnwrap(Int(request.query ?? ""))
      return request.path == "/text"
        ? .text(String(repeating: "x", count: count)) : .bytes(Self.pattern(count))
    }
    for count in [0, 1, 8000, 8192, 16_383, 16_384, 16_385, 65_536, 1 << 20] {
      for (path, body) in [
        ("/bytes", Self.pattern(count)), ("/text", [UInt8](repeating: 120, count: count)),
      ] {
        try client.send(request: "GET \(path)?\(count)")
        let response = try client.expectResponse(200, fields: ["Content-Length": "\(count)"])
        XCTAssertTrue(response.body == body, "\(path) \(count)")
      }
    }
  }

  func testAHeadAndItsBodyAreSentByOneCall() throws {
    let server = makeServer { request in .bytes(Self.pattern(request.path == "/" ? 10 : 20_000)) }
    let client = try RawClient(apartOf: server)
    defer { XCTAssertNoThrow(try client.finish()) }
    for (path, count) in [("/", 10), ("/large", 20_000)] {
      try client.send(request: "GET \(path)")
      let sent = try client.socket.receive(upTo: 1 << 20)
      XCTAssertEqual(Array(sent.suffix(count)), Self.pattern(count))
      XCTAssertTrue(sent.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)))
    }
    try client.expectIdle()
  }

  // Eventlet: W72
  func testBodiesOfWhatHasNoneAreNotSent() throws {
    for body in [
      ResponseBody.bytes(Self.pattern(100)), .text("text"), .bytes(Self.pattern(1 << 20)),
      .stream(length: 4) { _ in XCTFail("called") }, .stream { _ in XCTFail("called") },
      .pieces([[1], [2]]),
    ] {
      let client = try connect { request in
        let status: HTTPResponse.Status =
          request.path == "/204" ? .noContent : request.path == "/304" ? .notModified : .ok
        return ServerResponse(status: status, body: body)
      }
      for (method, path, status) in [
        ("HEAD", "/", 200), ("GET", "/204", 204), ("GET", "/304", 304), ("POST", "/204", 204),
      ] {
        try client.send(request: "\(method) \(path)")
        try client.expectResponse(status, fields: ["Connection": nil], to: method)
        try client.expectIdle()
      }
    }
  }

  // Eventlet: W73
  func testABodyOfAnotherLengthThanItsFieldSaysIsTheHandlersMistake() throws {
    for (body, length) in [
      (ResponseBody.text("hello"), 4), (.text("hello"), 6), (.bytes([]), 1),
      (.bytes([1]), 0), (.bytes(Self.pattern(100_000)), 99_999), (.stream(length: 3) { _ in }, 4),
    ] {
      let client = try connect { _ in
        ServerResponse(headerFields: [.contentLength: "\(length)"], body: body)
      }
      try client.send(request: "GET /")
      try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
      try client.expectClosed()
      expectReports("Content-Length is \(length), and its body has")
    }
  }

  // Eventlet: W73
  func testALengthWithoutABodyIsTheHandlersMistake() throws {
    let client = try connect { _ in ServerResponse(headerFields: [.contentLength: "5"]) }
    try client.send(request: "GET /")
    try client.expectResponse(500)
    try client.expectClosed()
    expectReports("Content-Length is 5, and its body has 0 bytes")
  }

  // Eventlet: W77
  func testAClientThatTakesAByteAtATimeGetsAll() throws {
    let expected = Self.pattern(1 << 20)
    let server = makeServer { request in
      if request.path == "/bytes" { return .bytes(expected) }
      return .stream(length: expected.count) { writer in
        for start in stride(from: 0, to: expected.count, by: 10_000) {
          try writer.write(Array(expected[start..<min(start + 10_000, expected.count)]))
        }
      }
    }
    for path in ["/bytes", "/stream"] {
      let client = try RawClient(narrowOf: server)
      try client.send(request: "GET \(path)")
      try client.endSending()
      var received = try readByteByByte(client.socket, 50_000)
      while case let more = try client.socket.receive(upTo: 7919), !more.isEmpty {
        received += more
      }
      XCTAssertTrue(received.suffix(expected.count) == expected[...], path)
      XCTAssertTrue(received.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)), path)
      try client.finish()
    }
  }

  private func readByteByByte(_ socket: GreenSocket, _ count: Int) throws -> [UInt8] {
    var received: [UInt8] = []
    var byte: UInt8 = 0
    while received.count < count {
      // By the kernel's own call where there is something, which is quicker.
      if recv(socket.fileDescriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 1 {
        received.append(byte)
      } else {
        received += try socket.receive(upTo: 1)
      }
    }
    return received
  }
}
