import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// Bodies of answers.
final class DownloadTests: ClientTestCase {
  func testABodyAsItComes() throws {
    let url = try serve { _ in
      .init(
        body: .stream { writer in
          for word in ["one", "two", "three"] {
            try writer.write(word)
            try writer.flush()
            try GreenThread.sleep(for: .seconds(1))
          }
        })
    }
    let response = try makeClient().get(url)
    XCTAssertNil(response.length)
    var pieces: [String] = []
    try response.forEach { pieces.append(String(decoding: $0, as: UTF8.self)) }
    XCTAssertEqual(pieces, ["one", "two", "three"])
  }

  func testReadingInPieces() throws {
    let url = try serve { _ in .text("0123456789") }
    let response = try makeClient().get(url)
    XCTAssertEqual(try response.receive(upTo: 0), [])
    XCTAssertEqual(try response.receive(upTo: 4), Array("0123".utf8))
    var memory: [UInt8] = [0, 0, 0]
    let count = try memory.withUnsafeMutableBytes { try response.receive(into: $0) }
    XCTAssertEqual(count, 3)
    XCTAssertEqual(memory, Array("456".utf8))
    XCTAssertFalse(response.isAtEnd)
    XCTAssertEqual(try response.text(), "789")
    XCTAssertTrue(response.isAtEnd)
  }

  func testLines() throws {
    let url = try serve { _ in .text("one\ntwo\nthree") }
    let reader = try makeClient().get(url).makeReader()
    XCTAssertEqual(try reader.readLine(), "one")
    XCTAssertEqual(try reader.readLine(), "two")
    XCTAssertEqual(try reader.readLine(), "three")
    XCTAssertNil(try reader.readLine())
  }

  func testCharacterSets() throws {
    let url = try serve { request in
      var response = ServerResponse(body: .bytes([0x61, 0xe4, 0xc3, 0xa4]))
      response.headerFields[.contentType] = try request.queryParameters["type"]
      return response
    }
    let client = makeClient()
    XCTAssertEqual(try client.get(url + "/?type=text/plain").text(), "a\u{fffd}ä")
    XCTAssertEqual(
      try client.get(url + "/?type=text/html;charset=ISO-8859-1").text(), "aäÃ¤")
    XCTAssertEqual(try client.get(url).text(), "a\u{fffd}ä")
  }

  func testASlowReaderMakesTheServerWait() throws {
    var sent = 0
    let url = try serve { _ in
      .init(
        body: .stream(length: 64 << 20) { writer in
          for _ in 0..<1024 {
            try writer.write([UInt8](repeating: 7, count: 65_536))
            sent += 65_536
          }
        })
    }
    let response = try makeClient().get(url)
    try GreenThread.sleep(for: .seconds(10))
    XCTAssertLessThan(sent, 16 << 20)
    var count = 0
    var sum = 0
    try response.forEach { piece in
      XCTAssertLessThanOrEqual(piece.count, 256 << 10)
      count += piece.count
      sum += Int(piece[piece.count / 2])
    }
    XCTAssertEqual(count, 64 << 20)
    XCTAssertGreaterThan(sum, 0)
  }

  func testOthersRunWhileOneReadsWhatIsThere() throws {
    let url = try serve { _ in .init(body: .bytes([UInt8](repeating: 7, count: 8 << 20))) }
    var turns = 0
    let other = spawn { while true { turns += 1; try GreenThread.yield() } }
    _ = try makeClient().get(url).bytes()
    XCTAssertGreaterThan(turns, 10)
    try other.kill()
  }

  func testABodyThatIsReadAsAWholeIsNotLostHalfway() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nha")
      try GreenThread.sleep(for: .seconds(10))
      try socket.sendAll("lf")
      try GreenThread.sleep(for: .seconds(10))
    }
    let response = try makeClient().get(server.url)
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try response.text() })
    XCTAssertThrowsError(try withTimeout(.seconds(12)) { try response.bytes() })
    // The server breaks off.
    XCTAssertEqual(try clientError { try response.text() }.reason, .bodyTruncated)
    XCTAssertEqual(try response.receive(upTo: 10), Array("half".utf8))
    XCTAssertEqual(try clientError { try response.text() }.reason, .bodyTruncated)
  }

  func testTrailers() throws {
    let server = try serveRaw {
      try $0.answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nDigest: abc\r\n\r\n"
      )
    }
    let response = try makeClient().get(server.url)
    XCTAssertEqual(try response.text(), "body")
    XCTAssertEqual(response.trailers.map(\.value), ["abc"])
    XCTAssertNil(response.headerFields[.init("Digest").unsafelyUnwrapped])
  }

  func testOddButAllowedHeads() throws {
    let server = try serveRaw {
      try $0.answer(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.0 299 Odd Thing\r\nA:  1 \r\nA: 2\r\n"
          + "B: x\r\n  y\r\nC: \u{e4}\r\n\r\nto the end")
    }
    let response = try makeClient().get(server.url)
    XCTAssertEqual(response.status.code, 299)
    XCTAssertEqual(response.status.reasonPhrase, "Odd Thing")
    XCTAssertEqual(response.version, .http1_0)
    XCTAssertEqual(response.headerFields[values: .init("A").unsafelyUnwrapped], ["1", "2"])
    XCTAssertEqual(response.headerFields[.init("B").unsafelyUnwrapped], "x y")
    XCTAssertNil(response.headerFields[.init("Link").unsafelyUnwrapped])
    XCTAssertEqual(try response.text(), "to the end")
  }

  func testBodilessAnswers() throws {
    let url = try serve { request in
      .status(request.path == "/304" ? .notModified : .noContent)
    }
    let client = makeClient()
    XCTAssertEqual(try client.get(url + "/204").text(), "")
    XCTAssertEqual(try client.get(url + "/304").text(), "")
    XCTAssertEqual(client.statistics.connections, 1)
  }

  func testSavingToAFile() throws {
    let path = "/tmp/eventlet-client-\(getpid())"
    defer { unlink(path) }
    let url = try serve { _ in .text("content") }
    try makeClient().get(url).save(to: path)
    XCTAssertEqual(try GreenFile.read(path), Array("content".utf8))
  }
}
