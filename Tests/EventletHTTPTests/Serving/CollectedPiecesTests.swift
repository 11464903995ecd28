import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// When the pieces of a body are sent.
final class CollectedPiecesTests: HTTPTestCase {
  private func sizes(_ response: RawResponse) -> [Int]? { response.chunks?.map(\.count) }

  // Eventlet: W60
  func testPiecesAreCollectedUpToTheMinimum() throws {
    let client = try connect { request in
      .stream { writer in
        if let query = request.query { writer.minimumChunkSize = try XCTUnwrap(Int(query)) }
        for _ in 0..<10 { try writer.write([UInt8](repeating: 1, count: 1000)) }
      }
    }
    let thousands = [Int](repeating: 1000, count: 10)
    for (query, expected) in [
      ("", [5000, 5000]), ("?0", thousands), ("?1", thousands), ("?1000", thousands),
      ("?1001", [2000, 2000, 2000, 2000, 2000]), ("?9001", [10_000]), ("?100000", [10_000]),
    ] {
      try client.send(request: "GET /\(query)")
      let response = try client.expectResponse(200)
      XCTAssertEqual(sizes(response), expected, query)
      XCTAssertEqual(response.body, [UInt8](repeating: 1, count: 10_000))
    }
  }

  // Eventlet: W60
  func testChunksOnTheWire() throws {
    let client = try connect { _ in
      .stream { writer in
        writer.minimumChunkSize = 1
        try writer.write("hello")
        try writer.write(String(repeating: "x", count: 16))
        try writer.write([UInt8](repeating: 121, count: 16_384))
      }
    }
    try client.send(request: "GET /")
    while try !client.readLine().isEmpty {}
    try client.expectBytes("5\r\nhello\r\n")
    try client.expectBytes("10\r\nxxxxxxxxxxxxxxxx\r\n")
    try client.expectBytes("4000\r\n" + String(repeating: "y", count: 16_384) + "\r\n0\r\n\r\n")
    try client.expectIdle()
  }

  // Eventlet: W61
  func testNothingIsSentBeforeTheMinimumIsReached() throws {
    for length in [nil, 8192] {
      let client = try connect { _ in
        .stream(length: length) { writer in
          for _ in 0..<8 {
            try writer.write([UInt8](repeating: 1, count: 1024))
            try GreenThread.sleep(for: .seconds(1))
          }
        }
      }
      let begin = clock.elapsed
      try client.send(request: "GET /")
      // Not even the head, before the fourth piece is there.
      for _ in 0..<3 {
        try client.expectIdle()
        try GreenThread.sleep(for: .seconds(1))
      }
      _ = try client.readLine()
      XCTAssertLessThan(clock.elapsed - begin, .milliseconds(3001))
      while try !client.readLine().isEmpty {}
      _ = try client.read(4096)
      XCTAssertLessThan(clock.elapsed - begin, .milliseconds(3001))
      _ = try client.read(4096)
      XCTAssertGreaterThan(clock.elapsed - begin, .milliseconds(6999))
    }
  }

  // Eventlet: W61
  func testWithAMinimumOfOneEachPieceIsSentAtOnceAndTheHeadWithTheFirst() throws {
    for minimum in [0, 1] {
      for length in [nil, 3] {
        let server = makeServer { _ in
          .stream(length: length) { writer in
            writer.minimumChunkSize = minimum
            for piece in ["a", "b", "c"] {
              try writer.write(piece)
              try GreenThread.sleep(for: .seconds(1))
            }
          }
        }
        let client = try RawClient(apartOf: server)
        try client.send(request: "GET /")
        let ends = length == nil ? ("1\r\n", "\r\n") : ("", "")
        let first = try client.receiveSending()
        XCTAssertTrue(first.hasPrefix("HTTP/1.1 200 OK\r\n"), first)
        XCTAssertTrue(first.hasSuffix("\r\n\r\n\(ends.0)a\(ends.1)"), first)
        XCTAssertEqual(try client.receiveSending(), "\(ends.0)b\(ends.1)")
        XCTAssertEqual(try client.receiveSending(), "\(ends.0)c\(ends.1)")
        if length == nil { XCTAssertEqual(try client.receiveSending(), "0\r\n\r\n") }
        try client.finish()
      }
    }
  }

  // Eventlet: W62
  func testTheMinimumIsOfOneServer() throws {
    let handler: RequestHandler = { _ in
      .stream { writer in for _ in 0..<10 { try writer.write("0123456789") } }
    }
    let ordinary = try connect(handler: handler)
    let small = try connect({ $0.minimumChunkSize = 20 }, handler: handler)
    for (client, expected) in [
      (small, [20, 20, 20, 20, 20]), (ordinary, [100]), (small, [20, 20, 20, 20, 20]),
    ] {
      try client.send(request: "GET /")
      XCTAssertEqual(sizes(try client.expectResponse(200)), expected)
    }
  }

  func testFlushSendsWhatThereIs() throws {
    for length in [nil, 6] {
      let server = makeServer { _ in
        .stream(length: length) { writer in
          try writer.flush()
          try writer.flush()
          try writer.write("abc")
          try writer.flush()
          try GreenThread.sleep(for: .seconds(1))
          try writer.write("def")
        }
      }
      let client = try RawClient(apartOf: server)
      try client.send(request: "GET /")
      let head = try client.receiveSending()
      XCTAssertTrue(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"), head)
      XCTAssertEqual(try client.receiveSending(), length == nil ? "3\r\nabc\r\n" : "abc")
      if length == nil {
        XCTAssertEqual(try client.receiveSending(), "3\r\ndef\r\n")
        XCTAssertEqual(try client.receiveSending(), "0\r\n\r\n")
      } else {
        XCTAssertEqual(try client.receiveSending(), "def")
      }
      try client.finish()
    }
  }

  /// However long a piece is that is shorter than the minimum.
  func testNoPieceBelowALargeMinimumIsSentAtOnce() throws {
    let client = try connect { _ in
      .stream { writer in
        writer.minimumChunkSize = 100_000
        for _ in 0..<3 { try writer.write([UInt8](repeating: 1, count: 20_000)) }
      }
    }
    try client.send(request: "GET /")
    XCTAssertEqual(sizes(try client.expectResponse(200)), [60_000])
  }
}
