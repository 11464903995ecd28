import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Foundation
import HTTPTypes
import XCTest

/// The programs of the guide "Asking servers", and of "Coming from urllib, http.client and requests".
final class AskingServersTests: ClientTestCase {
  /// A file is read on other OS threads.
  override var time: GreenTest.Time { .real }

  private var printed: [String] = []

  private func print(_ items: Any...) {
    printed.append(items.map { "\($0)" }.joined(separator: " "))
  }

  override func setUp() { atEnd { Hub.current.httpClient.close() } }

  private func echo() throws -> String {
    try serve { request in
      if request.path == "/none" { throw HTTPError(.notFound) }
      let type = request.headerFields[.contentType].flatMap(MediaType.init)
      if type?.essence == "multipart/form-data" {
        return .text(try request.readForm().files.map(\.name).joined())
      }
      return .text("\(request.method.rawValue) \(try request.body.readText())")
    }
  }

  func testAPage() throws {
    let url = try echo()

    let page = try HTTPClient.get(url)
    print(page.status, page.headerFields[.contentType] ?? "", try page.text())

    XCTAssertEqual(printed, ["200 OK text/plain; charset=utf-8 GET "])
  }

  func testSuccess() throws {
    let url = try echo() + "/none"

    do {
      print(try HTTPClient.get(url).requireSuccess().text())
    } catch let error as UnsuccessfulResponse {
      print("\(error.status): \(error.url)")
    }

    XCTAssertEqual(printed, ["404 Not Found: \(url)"])
  }

  func testMany() throws {
    let urls = [try echo(), try echo()]

    let pool = GreenPool(size: 20)
    let lengths = try pool.imap(urls) { try HTTPClient.get($0).bytes().count }.collect()

    XCTAssertEqual(lengths, [4, 4])
  }

  func testManyAsInPython() throws {
    let urls = [try echo(), try echo()]

    let pool = GreenPool()
    try pool.imap(urls) { try HTTPClient.get($0).requireSuccess().bytes() }
      .forEach { print($0.count) }

    XCTAssertEqual(printed, ["4", "4"])
  }

  func testSending() throws {
    let url = try echo()
    let client = makeClient()
    let token = "abc"

    let answer = try client.post(url, body: .form(["name": "ann", "page": "2"]))
    let other = try client.put(
      url, body: .text("hello"), headerFields: [.authorization: "Bearer \(token)"])

    XCTAssertEqual(try answer.text(), "POST name=ann&page=2")
    XCTAssertEqual(try other.text(), "PUT hello")
  }

  func testWriting() throws {
    let url = try echo()
    let client = makeClient()
    let rows = [1, 2]

    let response = try client.post(
      url,
      body: .stream { writer in
        for row in rows { try writer.write("\(row)\n") }
      })

    XCTAssertEqual(try response.text(), "POST 1\n2\n")
  }

  func testFiles() throws {
    let url = try echo()
    let client = makeClient()
    let path = "/tmp/eventlet-guide-\(ProcessInfo.processInfo.processIdentifier)"
    try GreenFile.write([1, 2, 3], to: path)
    defer { unlink(path) }

    var form = HTTPClientMultipart()
    form.append(name: "title", value: "Holidays")
    try form.append(name: "photo", file: path, contentType: MediaType(parsing: "image/jpeg"))
    try client.post(url, body: .multipart(form)).requireSuccess()

    XCTAssertEqual(try client.post(url, body: .multipart(form)).text(), "photo")
  }

  func testReading() throws {
    let url = try echo()
    let client = makeClient()
    let path = "/tmp/eventlet-guide-\(ProcessInfo.processInfo.processIdentifier)"
    let file = try GreenFile.open(path, .write)
    defer { unlink(path) }

    let response = try client.get(url).requireSuccess()
    while case let piece = try response.receive(upTo: 65_536), !piece.isEmpty {
      try file.sendAll(piece)
    }

    file.close()
    XCTAssertEqual(try GreenFile.read(path), Array("GET ".utf8))
  }

  func testAnExchange() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
      _ = try socket.receive(upTo: 100)
      try socket.sendAll("answer")
    }
    let url = server.url
    let client = makeClient()

    let exchange = try client.open(HTTPClientRequest(.post, url))
    let response = try exchange.response()
    try exchange.writer.write("question\n")
    let reply = try response.receive(upTo: 1024)
    exchange.writer.close()

    XCTAssertEqual(reply, Array("answer".utf8))
  }

  func testJSON() throws {
    let url = try echo()
    XCTAssertEqual(try makeClient().post(url, body: .json([1, 2])).text(), "POST [1,2]")
  }

  func testTime() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    let url = server.url
    let client = makeClient { $0.timeouts.head = .milliseconds(20) }

    do {
      let page = try client.get(url, timeout: .seconds(5))
      print(try page.text())
    } catch let error as HTTPClientTimeout {
      print("\(error.phase) took too long")
    }

    XCTAssertEqual(printed, ["head took too long"])
  }

  func testErrors() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let url = "http://\(try listener.localAddress)/"
    listener.close()
    let client = makeClient()

    do {
      _ = try client.get(url)
    } catch let error as HTTPClientError where error.phase == .connect {
      print("not there: \(error)")
    }

    XCTAssertEqual(printed.count, 1)
    XCTAssertTrue(printed[0].hasPrefix("not there: \(url): cannot connect"), printed[0])
  }
}

extension HTTPClientBody {
  static func json(_ value: some Encodable) throws -> HTTPClientBody {
    let bytes = Array(try JSONEncoder().encode(value))
    return .bytes(bytes, contentType: MediaType(parsing: "application/json"))
  }
}
