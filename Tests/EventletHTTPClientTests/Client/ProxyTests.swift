import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

final class ProxyTests: ClientTestCase {
  /// Answers with what it was asked.
  private func proxy() throws -> RawServer {
    try serveRaw { socket in
      let head = try socket.readHead()
      let line = head.prefix { $0 != "\r\n" }
      let credentials = head.contains("Proxy-Authorization: Basic YW5uOnNlY3JldA==") ? " ann" : ""
      let text = "\(line)\(credentials)"
      try socket.sendAll("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
    }
  }

  func testAProxyIsAskedForTheWholeURL() throws {
    let proxy = try proxy()
    let client = makeClient { $0.proxy = .url("http://ann:secret@127.0.0.1:\(proxy.port)") }
    // The name is the proxy's to look up.
    XCTAssertEqual(
      try client.get("http://never.test/page").text(), "GET http://never.test/page HTTP/1.1 ann")
  }

  func testTheHubsResolverKnowsTheProxy() throws {
    let proxy = try proxy()
    for text in ["http://proxy.test:\(proxy.port)", "proxy.test:\(proxy.port)"] {
      let client = makeClient {
        $0.proxy = .url(text)
        $0.resolver = FixedResolver(["proxy.test": ["127.0.0.1"]])
      }
      XCTAssertEqual(
        try client.get("http://never.test/").text(), "GET http://never.test/ HTTP/1.1")
    }
    let client = makeClient {
      $0.proxy = .url("http://proxy.test:\(proxy.port)")
      $0.resolver = FixedResolver([:])
    }
    let error = try clientError { try client.get("http://never.test/") }
    guard case .nameLookUp(let why) = error.reason else { return XCTFail("\(error)") }
    XCTAssertEqual(why.name, "proxy.test")
  }

  func testATunnel() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    var asked = ""
    let proxy = try serveRaw { socket in
      asked = try socket.readHead()
      try socket.sendAll("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    }
    let client = makeClient { $0.proxy = .url("http://127.0.0.1:\(proxy.port)") }
    let error = try clientError { try client.get("https://127.0.0.1:\(server.port)/") }
    XCTAssertEqual(error.reason, .proxy, "\(error)")
    XCTAssertTrue(asked.hasPrefix("CONNECT 127.0.0.1:\(server.port) HTTP/1.1\r\n"), asked)
    XCTAssertEqual(server.connectionCount, 0)
  }

  func testWhoIsReachedDirectly() throws {
    let proxy = try proxy()
    let url = try serve { _ in .text("direct") }
    for exception in ["*", "127.0.0.1", "127.0.0.0/8", "10.0.0.0/8"] {
      let client = makeClient {
        $0.proxy = .url("http://127.0.0.1:\(proxy.port)", except: ["example.org", exception])
      }
      XCTAssertEqual(try client.get(url).text() == "direct", exception != "10.0.0.0/8", exception)
    }
    let resolver = FixedResolver(["a.example.org": ["127.0.0.1"], "b.test": ["127.0.0.1"]])
    let port = try XCTUnwrap(url.split(separator: ":").last)
    let client = makeClient {
      $0.proxy = .url("http://127.0.0.1:\(proxy.port)", except: [".Example.org"])
      $0.resolver = resolver
    }
    XCTAssertEqual(try client.get("http://a.example.org:\(port)/").text(), "direct")
    XCTAssertTrue(try client.get("http://b.test:\(port)/").text().hasPrefix("GET http://b.test"))
  }

  func testTheEnvironment() throws {
    let proxy = try proxy()
    let url = try serve { _ in .text("direct") }
    setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
    setenv("NO_PROXY", "127.0.0.1, other.test", 1)
    defer {
      unsetenv("http_proxy")
      unsetenv("NO_PROXY")
    }
    let client = makeClient { $0.proxy = .environment }
    XCTAssertEqual(try client.get("http://never.test/").text(), "GET http://never.test/ HTTP/1.1")
    XCTAssertEqual(try client.get(url).text(), "direct")
    XCTAssertEqual(try makeClient().get(url).text(), "direct")
  }

  func testAProxyThatIsNotThere() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    listener.close()
    let client = makeClient { $0.proxy = .url("http://\(address)") }
    let error = try clientError { try client.get("http://never.test/") }
    XCTAssertEqual(error.reason, .connect)
  }

  func testExceptionsWithPorts() throws {
    let proxy = try proxy()
    let url = try serve { _ in .text("direct") }
    let port = try XCTUnwrap(url.split(separator: ":").last)
    for (exception, isDirect) in [
      ("127.0.0.1:\(port)", true), ("127.0.0.1:1", false), ("127.0.0.1:", false),
      ("127.0.0.0/8", true), ("*:\(port)", true),
    ] {
      let client = makeClient {
        $0.proxy = .url("http://127.0.0.1:\(proxy.port)", except: [exception])
      }
      XCTAssertEqual(try client.get(url).text() == "direct", isDirect, exception)
    }
    let listener = try? GreenSocket.listen(on: .ipv6("::1", port: 0))
    let own = try listener?.localAddress.port ?? 1
    listener?.close()
    for (exception, isDirect) in [
      ("::1", true), ("[::1]", true), ("[::1]:\(own)", true), ("[::1]:2", false),
    ] {
      let client = makeClient {
        $0.proxy = .url("http://127.0.0.1:\(proxy.port)", except: [exception])
      }
      // Nobody listens there, but for the proxy's answer.
      let text = try? client.get("http://[::1]:\(own)/").text()
      XCTAssertEqual(text == nil, isDirect, exception)
    }
  }

  func testASOCKSProxyIsToldAddresses() throws {
    var asked: [UInt8] = []
    let proxy = try serveRaw { socket in
      let reader = BufferedReader(socket)
      // RFC 1928.
      let greeting = try reader.read(exactly: 2)
      _ = try reader.read(exactly: Int(greeting[1]))
      try socket.sendAll([5, 0])
      asked = try reader.read(exactly: 10)
      try socket.sendAll([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    let resolver = SlowResolver(["a.test": ["192.0.2.7"], "proxy.test": ["127.0.0.1"]])
    let client = makeClient {
      $0.proxy = .url("socks5://proxy.test:\(proxy.port)")
      $0.resolver = resolver
    }
    let response = try client.get("http://a.test:81/")
    XCTAssertEqual(try response.text(), "ok")
    XCTAssertEqual(asked, [5, 1, 0, 1, 192, 0, 2, 7, 0, 81])
    XCTAssertEqual(response.timings.nameLookUp, .seconds(2))
    XCTAssertEqual(resolver.count, 2)
  }
}
