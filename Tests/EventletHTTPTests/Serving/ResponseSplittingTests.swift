import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Whatever a handler puts into a head, the lines of it are the server's.
final class ResponseSplittingTests: HTTPTestCase {
  /// What would end a line, or look like it to somebody.
  private static let breaks = ["\r\n", "\n", "\r", "\0", "\r\n\r\n", "\n\n", "\r\n "]

  // Eventlet: W70
  func testNobodyWritesLinesOfTheHeadByAFieldsValue() throws {
    let name = try XCTUnwrap(HTTPField.Name("x-name"))
    for text in Self.breaks {
      let value = "a\(text)Evil: 1"
      let fields: [HTTPFields] = [
        [name: value],
        HTTPFields([HTTPField(name: name, value: Array(value.utf8))]),
        HTTPFields([HTTPField(name: name, lenientValue: Array(value.utf8))]),
        Self.changed(name, to: value),
      ]
      for fields in fields {
        let client = try connect { request in
          switch request.path {
          case "/error": throw HTTPError(.notFound, headerFields: fields)
          default: return ServerResponse(headerFields: fields, body: .text("body"))
          }
        }
        for (path, status) in [("/", 200), ("/error", 404)] {
          try client.send(request: "GET \(path)")
          let response = try client.expectResponse(status, fields: ["Evil": nil])
          let shown = try XCTUnwrap(response["x-name"])
          XCTAssertTrue(shown.hasPrefix("a ") && shown.hasSuffix("Evil: 1"), shown)
          XCTAssertFalse(shown.unicodeScalars.contains { $0.value < 0x20 }, shown)
        }
        try client.expectIdle()
      }
    }
  }

  private static func changed(_ name: HTTPField.Name, to value: String) -> HTTPFields {
    var field = HTTPField(name: name, value: "harmless")
    field.value = value
    return HTTPFields([field])
  }

  // Eventlet: W70
  func testNobodyWritesLinesOfTheHeadByWhatBecomesAValue() throws {
    for text in Self.breaks {
      let evil = "/a\(text)Evil: 1"
      let client = try connect { request in
        switch request.path {
        case "/redirect": .redirect(to: evil)
        case "/type": .text("", contentType: evil)
        default: .upgrade(to: "x", headerFields: [.secWebSocketProtocol: evil]) { _ in }
        }
      }
      for (path, name, beginning) in [
        ("/redirect", "Location", "/a%"), ("/type", "Content-Type", "/a "),
        ("/upgrade", "Sec-WebSocket-Protocol", "/a "),
      ] {
        try client.send(request: "GET \(path)", "Connection: upgrade", "Upgrade: x")
        let response = try client.readResponse()
        XCTAssertNil(response["Evil"])
        XCTAssertTrue(response[name]?.hasPrefix(beginning) ?? false, "\(response.fields)")
      }
      try client.expectClosed()
    }
  }

  // Eventlet: W70
  func testNobodyWritesLinesOfTheHeadByAPhraseOrAName() throws {
    for text in Self.breaks {
      let client = try connect { _ in
        .status(.init(code: 200, reasonPhrase: "Fine\(text)Evil: 1\(text)\(text)body"))
      }
      try client.send(request: "GET /")
      let response = try client.expectResponse(200, "", fields: ["Evil": nil])
      XCTAssertTrue(response.reason.hasPrefix("Fine "), response.statusLine)
      XCTAssertFalse(response.reason.unicodeScalars.contains { $0.value < 0x20 })
      try client.expectIdle()
      XCTAssertNil(HTTPField.Name("a\(text)Evil"))
    }
  }
}
