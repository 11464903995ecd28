import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// The programs of the guide "Configuring clients".
final class ConfiguringClientsTests: ClientTestCase {
  private var printed: [String] = []

  private func print(_ item: Any) { printed.append("\(item)") }

  func testAClient() throws {
    var configuration = HTTPClient.Configuration()
    configuration.timeouts.whole = .seconds(20)
    configuration.headerFields[.acceptLanguage] = "en"
    configuration.connectionsPerHost = 4
    let client = HTTPClient(configuration)

    let url = try serve { request in .text(request.headerFields[.acceptLanguage] ?? "") }
    XCTAssertEqual(try client.get(url).text(), "en")
    client.close()
  }

  func testRedirects() throws {
    let url = try serve { _ in .redirect(to: "/there") }
    let client = makeClient()

    var request = HTTPClientRequest(.get, url)
    request.redirects = .never
    let response = try client.send(request)
    print(response.headerFields[.location] ?? "")

    XCTAssertEqual(printed, ["/there"])
  }

  func testRetries() throws {
    var answers = ["", "", "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]
    let server = try serveRaw { try $0.answer(answers.removeFirst()) }

    var configuration = HTTPClient.Configuration()
    configuration.retries = .init(count: 3)

    let client = HTTPClient(configuration)
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    client.close()
  }

  func testCookies() throws {
    let login = try serve { _ in
      var response = ServerResponse.text("")
      response.headerFields[.setCookie] = "session=7"
      return response
    }

    var configuration = HTTPClient.Configuration()
    configuration.cookies = .jar
    let client = HTTPClient(configuration)
    _ = try client.post(login, body: .form(["name": "ann"]))
    print(try client.cookies().map(\.name))

    XCTAssertEqual(printed, ["[\"session\"]"])
    client.close()
  }

  func testProxies() throws {
    var configuration = HTTPClient.Configuration()
    configuration.proxy = .url("http://name:password@proxy.test:3128", except: ["10.0.0.0/8"])

    configuration.resolver = FixedResolver([:])
    XCTAssertNotEqual(configuration.proxy, .environment)
  }

  func testAUnixSocket() throws {
    let path = "/tmp/eventlet-guide-\(getpid()).socket"
    let listener = try GreenSocket.listen(on: .unix(path))
    let serving = spawn {
      let socket = try listener.accept().socket
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    defer { unlink(path) }
    let client = makeClient()

    var request = HTTPClientRequest(.get, "http://localhost/version")
    request.unixSocketPath = path
    let response = try client.send(request)

    XCTAssertEqual(try response.text(), "ok")
    try serving.wait()
    listener.close()
  }

  func testTLS() throws {
    let (authorities, certificate, key) = ("/no/ca.pem", "/no/client.pem", "/no/client.key")

    var configuration = HTTPClient.Configuration()
    configuration.tls.trustRoots = .only([.file(authorities)])
    configuration.tls.identity = .init(certificateChain: .file(certificate), privateKey: .file(key))
    configuration.tls.minimumVersion = .tls13

    let error = try clientError { try HTTPClient(configuration).get("https://localhost/") }
    XCTAssertEqual(error.reason, .tlsConfiguration)
  }

  func testTests() throws {
    let url = try serve { _ in .text("hello") }
    let port = try XCTUnwrap(url.split(separator: ":").last)

    Hub.current.resolver = FixedResolver(["api.test": ["127.0.0.1"]])
    defer { Hub.current.httpClient.close() }
    XCTAssertEqual(try HTTPClient.get("http://api.test:\(port)/").text(), "hello")
  }
}
