import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What a fork and the end of a hub do to a client.
final class ForkTests: ClientTestCase {
  private static func isLost(_ response: HTTPClientResponse) throws -> Bool {
    do {
      _ = try response.receive(upTo: 10)
      return false
    } catch HubError.lostInFork { return true }
  }

  func testAChildHasConnectionsOfItsOwn() throws {
    let server = try serveRaw { socket in
      while true { try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    }
    let client = makeClient()
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    XCTAssertEqual(client.statistics.connections, 1)
    // The parent's hub stands still meanwhile, so the child serves itself.
    try ForkedChild.run {
      guard client.statistics.connections == 0 else { return false }
      let own = try RawServer(on: self.loopback) {
        try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nchild")
      }
      guard try client.get(own.url).text() == "child", client.statistics.connections == 1 else {
        return false
      }
      client.close()
      return client.statistics.connections == 0
    }
    // Nothing was said on the parent's.
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    XCTAssertEqual(server.connectionCount, 1)
  }

  func testWhatIsOnItsWayIsTheParents() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
      try GreenThread.sleep(for: .seconds(10))
      try socket.sendAll("lf")
    }
    let client = makeClient()
    let response = try client.get(server.url)
    XCTAssertEqual(try response.receive(upTo: 10), Array("ha".utf8))
    try ForkedChild.run {
      let own = try RawServer(on: self.loopback) {
        try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nchild")
      }
      guard try client.get(own.url).text() == "child" else { return false }
      return try Self.isLost(response)
    }
    XCTAssertEqual(try response.text(), "lf")
  }

  func testWhatTheChildGivesUpIsNotTheParents() throws {
    let ways: [(HTTPClient, HTTPClientResponse) throws -> Bool] = [
      { _, response in
        response.close()
        return true
      },
      { client, _ in
        client.close()
        return true
      },
      { _, response in
        do {
          _ = try withTimeout(.seconds(5)) { try response.receive(upTo: 10) }
          return false
        } catch HubError.lostInFork { return true }
      },
    ]
    for way in ways {
      let server = try serveRaw { socket in
        try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
        try GreenThread.sleep(for: .seconds(10))
        try socket.sendAll("lf")
      }
      let client = makeClient()
      let response = try client.get(server.url)
      XCTAssertEqual(try response.receive(upTo: 10), Array("ha".utf8))
      try ForkedChild.run { try way(client, response) }
      XCTAssertEqual(try withTimeout(.seconds(50)) { try response.text() }, "lf")
    }
  }

  func testAChildDoesNotHearOfTheParentsConnections() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
      try GreenThread.sleep(for: .seconds(10))
      try socket.sendAll("lf")
      try socket.waitForEnd()
    }
    let client = makeClient()
    let response = try client.get(server.url)
    XCTAssertEqual(try response.receive(upTo: 10), Array("ha".utf8))
    try ForkedChild.run {
      // The child has the server too, which goes on.
      try GreenThread.sleep(for: .seconds(20))
      return try Self.isLost(response)
    }
    XCTAssertEqual(try response.text(), "lf")
  }

  func testAnUploadIsTheParents() throws {
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      XCTAssertEqual(try socket.receive(upTo: 8), Array("3\r\none\r\n".utf8))
      XCTAssertEqual(try socket.receive(upTo: 8), Array("3\r\ntwo\r\n".utf8))
      try socket.sendAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    let client = makeClient()
    let exchange = try client.open(HTTPClientRequest(.post, server.url))
    try exchange.writer.write("one")
    try settle()
    try ForkedChild.run {
      _ = try? exchange.writer.write("child")
      do {
        _ = try exchange.response()
        return false
      } catch HubError.lostInFork { return true }
    }
    try exchange.writer.write("two")
    exchange.writer.close()
    XCTAssertEqual(try exchange.response().text(), "ok")
  }

  func testAChildLooksNamesUpAnew() throws {
    let server = try serveRaw { try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    let client = makeClient { $0.resolver = FixedResolver(["a.test": ["127.0.0.1"]]) }
    let url = "http://a.test:\(server.port)/"
    XCTAssertEqual(try client.get(url).text(), "ok")
    try ForkedChild.run {
      // By the parent's listener, which is open here too.
      try client.get(url, timeout: .seconds(3)).text() == "ok"
    }
  }

  func testAChildHasTheCookies() throws {
    let client = makeClient { $0.cookies = .jar }
    try client.setCookie(.init(name: "b", value: "2", domain: "127.0.0.1"))
    try ForkedChild.run { try client.cookies().map(\.value) == ["2"] }
    let response = try client.get(try serve { .text($0.headerFields[.cookie] ?? "-") })
    XCTAssertEqual(try response.text(), "b=2")
    try ForkedChild.run {
      response.close()
      return try client.cookies().map(\.value) == ["2"]
    }
  }

  func testAClientEndsWithItsHub() throws {
    let thread = Thread {
      let server = try RawServer(on: .ipv4("127.0.0.1", port: 0)) { socket in
        while true { try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
      }
      _ = try HTTPClient.get(server.url).text()
      // And something that is on its way.
      let stuck = try RawServer(on: .ipv4("127.0.0.1", port: 0)) { try $0.waitForEnd() }
      _ = spawn { try HTTPClient.get(stuck.url) }
      try GreenThread.sleep(for: .milliseconds(10))
      guard Hub.current.httpClient.statistics.transfers == 1 else { throw HubError.hubDestroyed }
      try Hub.current.destroy()
    }
    XCTAssertNil(try thread.wait())
  }
}

/// An OS thread with a hub of its own.
private final class Thread: @unchecked Sendable {
  // @unchecked Sendable because whoever waits for it reads what it wrote before its end.
  private var handle = pthread_t()
  private var error: (any Error)?
  private let body: () throws -> Void

  init(_ body: @escaping () throws -> Void) {
    self.body = body
    pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        let thread = Unmanaged<Thread>.fromOpaque(argument).takeRetainedValue()
        do { try thread.body() } catch { thread.error = error }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
  }

  func wait() throws -> (any Error)? {
    pthread_join(handle, nil)
    return error
  }
}
