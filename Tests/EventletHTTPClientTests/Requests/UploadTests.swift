import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Bodies of requests.
final class UploadTests: ClientTestCase {
  private struct Odd: Error {}

  /// Answers with how the body was sent, and the body.
  private func echo() throws -> String {
    try serve { request in
      let fields = [HTTPField.Name.contentLength, .transferEncoding, .contentType, .expect]
        .map { request.headerFields[$0] ?? "-" }.joined(separator: " ")
      let body = try request.body.readText()
      return .text("\(fields) \(body.utf8.count) \(body.prefix(40))")
    }
  }

  func testEachKindOfBody() throws {
    let url = try echo()
    let client = makeClient()
    XCTAssertEqual(try client.post(url, body: .none).text(), "0 - - - 0 ")
    XCTAssertEqual(try client.put(url, body: .none).text(), "0 - - - 0 ")
    XCTAssertEqual(try client.patch(url, body: .none).text(), "0 - - - 0 ")
    XCTAssertEqual(try client.delete(url).text(), "- - - - 0 ")
    XCTAssertEqual(try client.post(url, body: .bytes([])).text(), "0 - - - 0 ")
    XCTAssertEqual(try client.post(url, body: .bytes([65, 66])).text(), "2 - - - 2 AB")
    XCTAssertEqual(
      try client.post(url, body: .text("ä")).text(), "2 - text/plain; charset=utf-8 - 2 ä")
    XCTAssertEqual(
      try client.post(url, body: .form(["a": "1 2", "b": "ä&"])).text(),
      "17 - application/x-www-form-urlencoded - 17 a=1+2&b=%C3%A4%26")
    let large = String(repeating: "x", count: 3_000_000)
    XCTAssertEqual(
      try client.put(url, body: .bytes(Array(large.utf8))).text(),
      "3000000 - - - 3000000 \(large.prefix(40))")
    XCTAssertEqual(
      try client.post(url, body: .bytes(Array(large.utf8))).text(),
      "3000000 - - - 3000000 \(large.prefix(40))")
    // The request's own type goes before that of the body.
    XCTAssertEqual(
      try client.post(url, body: .text("a"), headerFields: [.contentType: "text/csv"]).text(),
      "1 - text/csv - 1 a")
  }

  // Eventlet: GM30
  func testABodyOfUnknownLengthIsSentInChunks() throws {
    let url = try echo()
    let client = makeClient()
    for method in [HTTPRequest.Method.post, .put, .patch] {
      let body = HTTPClientBody.stream { writer in
        for _ in 0..<3 { try writer.write("piece ") }
      }
      XCTAssertEqual(
        try client.request(method, url, body: body).text(),
        "- chunked - - 18 piece piece piece ")
    }
    XCTAssertEqual(try client.post(url, body: .stream { _ in }).text(), "- chunked - - 0 ")
    XCTAssertEqual(client.statistics.connections, 1)
  }

  func testABodyOfKnownLength() throws {
    let url = try echo()
    let client = makeClient()
    let body = HTTPClientBody.stream(length: 12) { try $0.write("Hello, all!\n") }
    XCTAssertEqual(try client.post(url, body: body).text(), "12 - - - 12 Hello, all!\n")
    XCTAssertEqual(try client.post(url, body: .stream(length: 0) { _ in }).text(), "0 - - - 0 ")
  }

  func testAnotherLengthThanAnnounced() throws {
    let url = try echo()
    let client = makeClient()
    XCTAssertEqual(
      try clientError { try client.post(url, body: .stream(length: 3) { try $0.write("four") }) }
        .reason, .bodyLengthMismatch(announced: 3, written: 4))
    XCTAssertEqual(
      try clientError { try client.post(url, body: .stream(length: 3) { try $0.write("tw") }) }
        .reason, .bodyLengthMismatch(announced: 3, written: 2))
    XCTAssertEqual(client.statistics.transfers, 0)
    XCTAssertEqual(try client.get(url).status, .ok)
  }

  func testAnErrorOfTheClosureGivesTheRequestUp() throws {
    let url = try echo()
    let client = makeClient()
    assertThrows(Odd.self) {
      _ = try client.post(
        url,
        body: .stream { writer in
          try writer.write("a")
          throw Odd()
        })
    }
    XCTAssertEqual(client.statistics.transfers, 0)
    try settle()
  }

  func testTheAnswerMayComeBeforeTheBody() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much")
      try socket.waitForEnd()
    }
    let client = makeClient()
    for length in [nil, 1 << 40] {
      var written = 0
      let response = try client.post(
        server.url,
        body: .stream(length: length) { writer in
          while true {
            try writer.write([UInt8](repeating: 0, count: 65_536))
            written += 65_536
          }
        })
      XCTAssertEqual(response.status, .contentTooLarge)
      XCTAssertEqual(try response.text(), "too much")
      XCTAssertLessThan(written, 100 << 20)
    }
    XCTAssertEqual(client.statistics.transfers, 0)
  }

  func testAClosureMayOverlookThatItsBodyIsOfNoUse() throws {
    let server = try serveRaw {
      try $0.answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    }
    let response = try makeClient().post(
      server.url,
      body: .stream { writer in
        for _ in 0..<100 {
          try? writer.write("more")
          try GreenThread.sleep(for: .seconds(1))
        }
      })
    XCTAssertEqual(response.status, .forbidden)
    XCTAssertEqual(try response.text(), "no")
  }

  func testAServerThatBreaksOffDuringTheBody() throws {
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      try socket.reset()
    }
    let error = try clientError {
      try makeClient().post(
        server.url,
        body: .stream { writer in
          while true { try writer.write([UInt8](repeating: 0, count: 65_536)) }
        })
    }
    XCTAssertTrue([.sending, .connectionClosed].contains(error.reason), "\(error)")
  }

  func testTheServerIsWaitedForIfTheRequestSaysSo() throws {
    let server = try serveRaw { socket in
      XCTAssertTrue(try socket.readHead().contains("Expect: 100-continue\r\n"))
      try socket.sendAll("HTTP/1.1 100 Continue\r\n\r\n")
      XCTAssertEqual(try socket.receive(upTo: 4), Array("body".utf8))
      try socket.sendAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    let response = try makeClient().post(
      server.url, body: .text("body"), headerFields: [.expect: "100-continue"])
    XCTAssertEqual(try response.text(), "ok")
  }

  func testASlowServerMakesTheWritingWait() throws {
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      try GreenThread.sleep(for: .seconds(50))
      var count = 0
      while count < 64 << 20 { count += try socket.receive(upTo: 1 << 20).count }
      try socket.sendAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    var written = 0
    let client = makeClient()
    let thread = spawn {
      try client.put(
        server.url,
        body: .stream(length: 64 << 20) { writer in
          for _ in 0..<1024 {
            try writer.write([UInt8](repeating: 7, count: 65_536))
            written += 65_536
          }
        }
      ).text()
    }
    try GreenThread.sleep(for: .seconds(10))
    // What the kernel holds, and two pieces.
    XCTAssertLessThan(written, 16 << 20)
    XCTAssertEqual(try thread.wait(), "ok")
    XCTAssertEqual(written, 64 << 20)
  }

  // MARK: Both ways at once

  func testReadingWhileWriting() throws {
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      try socket.sendAll("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      while true {
        // A chunk comes, and goes back.
        let piece = try socket.receive(upTo: 65_536)
        if piece.isEmpty { return }
        try socket.sendAll(piece)
        if piece.suffix(5).elementsEqual("0\r\n\r\n".utf8) { return }
      }
    }
    let client = makeClient()
    let exchange = try client.open(HTTPClientRequest(.post, server.url))
    let response = try exchange.response()
    XCTAssertTrue(try exchange.response() === response)
    for word in ["one", "two", "three"] {
      try exchange.writer.write(word)
      XCTAssertEqual(try response.receive(upTo: 100), Array(word.utf8))
    }
    exchange.writer.close()
    XCTAssertEqual(try response.receive(upTo: 100), [])
    XCTAssertEqual(client.statistics.transfers, 0)
  }

  func testAnExchangeThatIsDropped() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    let client = makeClient()
    var exchange: HTTPClientExchange? = try client.open(HTTPClientRequest(.post, server.url))
    try exchange?.writer.write("a")
    XCTAssertEqual(client.statistics.transfers, 1)
    exchange = nil
    XCTAssertEqual(client.statistics.transfers, 0)
    exchange = try client.open(HTTPClientRequest(.post, server.url))
    exchange?.close()
    XCTAssertEqual(try clientError { try exchange?.response() }.reason, .abandoned)
  }
}
