import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What errors say, and what they do not.
final class HTTPClientErrorTests: ClientTestCase {
  private func assertSilent(
    _ error: some Error, line: UInt = #line
  ) {
    XCTAssertFalse("\(error)".contains("secret"), "\(error)", line: line)
    var text = ""
    dump(error, to: &text)
    XCTAssertFalse(text.contains("secret"), text, line: line)
  }

  func testURLsAreShownWithoutPasswords() throws {
    let client = makeClient { $0.retries = .init(count: 5) }
    for url in [
      "http://ann:secret@exa mple/", "http://ann:secret@host:99999/", "ftp://ann:secret@host/",
      "http://ann:se@secret@host/", "http://ann:se/secret@host/", "ann:secret@host",
      "//ann:secret@host/a", "http://ann:secret@ho?st\r\n/",
    ] {
      assertSilent(try clientError { try client.get(url) })
    }
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    listener.close()
    let url = "http://ann:secret@\(address)/a@b"
    let failed = try clientError { try makeClient().get(url) }
    assertSilent(failed)
    XCTAssertEqual(failed.url, "http://\(address)/a@b")
    let late = try timeout { try client.get(url, timeout: .milliseconds(250)) }
    assertSilent(late)
    XCTAssertEqual(late.url, "http://\(address)/a@b")
    let server = try serveRaw { try $0.waitForEnd() }
    let slow = "http://ann:secret@127.0.0.1:\(server.port)/"
    assertSilent(try timeout { try client.get(slow, timeout: .seconds(1)) })
    assertSilent(
      try clientError {
        try client.open(HTTPClientRequest(.post, "http://ann:secret@host/", body: .text("a")))
      })
    let redirecting = try serve { _ in .redirect(to: "ftp://ann:secret@host/") }
    let refused = try clientError { try client.get(redirecting) }
    assertSilent(refused)
    XCTAssertEqual(refused.reason, .redirectRefused("ftp://host/"))
    let strange = makeClient { $0.proxy = .url("gopher://ann:secret@127.0.0.1:1") }
    assertSilent(try clientError { try strange.get(redirecting) })
  }

  func testWhatMayComeAtAnyTimeSaysWhenAndOfWhat() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
      try socket.waitForEnd()
    }
    let silent = try serveRaw { try $0.waitForEnd() }
    let client = makeClient()
    let response = try client.get(server.url)
    let waiting = spawn { try client.get(silent.url) }
    let given = try client.get(server.url)
    try settle()
    given.close()
    client.close()
    XCTAssertEqual(try response.receive(upTo: 10), Array("ha".utf8))
    let ends: [(HTTPClientError.Reason, HTTPClientResponse)] = [
      (.clientClosed, response), (.abandoned, given),
    ]
    for (reason, response) in ends {
      _ = try? response.receive(upTo: 10)
      let error = try clientError { try response.receive(upTo: 10) }
      XCTAssertEqual(error.reason, reason)
      XCTAssertEqual(error.phase, .body)
      XCTAssertEqual(error.url, server.url)
    }
    let error = try clientError { try waiting.wait() }
    XCTAssertEqual(error.reason, .clientClosed)
    XCTAssertEqual(error.phase, .head)
    XCTAssertEqual(error.url, silent.url)
    let late = try clientError { try client.get(server.url) }
    XCTAssertEqual(late.reason, .clientClosed)
    XCTAssertEqual(late.phase, .request)
    XCTAssertEqual(late.url, server.url)
  }

  func testAStatusIsWorthMoreThanItsBody() throws {
    let answer = "HTTP/1.1 500 Oh\r\nContent-Length: 40\r\n\r\nha"
    let broken = try serveRaw { try $0.answer(answer) }
    let stalled = try serveRaw { socket in
      try socket.answer(answer)
      try socket.waitForEnd()
    }
    for server in [broken, stalled] {
      let response = try makeClient().get(server.url)
      assertThrows(UnsuccessfulResponse.self, { try response.requireSuccess() }) {
        XCTAssertEqual($0.bodyPrefix, Array("ha".utf8))
      }
    }
    let response = try makeClient().get(stalled.url, timeout: .seconds(5))
    XCTAssertTrue(try timeout { try response.requireSuccess() }.isWhole)
  }
}
