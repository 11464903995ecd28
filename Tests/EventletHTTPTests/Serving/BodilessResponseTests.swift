import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Responses that have no body, whatever they were given.
final class BodilessResponseTests: HTTPTestCase {
  // Eventlet: W71
  // Differs: an answer to HEAD has the length that one to GET would have (RFC 9110, 9.3.2).
  func testWhatHasNoBodyHasNoFramingAndTheConnectionStays() throws {
    let client = try connect { request in
      switch request.path {
      case "/204": .status(.noContent)
      case "/304": .status(.notModified)
      case "/length": ServerResponse(status: .noContent, headerFields: [.contentLength: "5"])
      default: .text("four")
      }
    }
    for (method, path, length) in [
      ("HEAD", "/", "4"), ("GET", "/204", nil), ("GET", "/304", nil), ("HEAD", "/204", nil),
      ("GET", "/length", nil),
    ] as [(String, String, String?)] {
      try client.send(request: "\(method) \(path)")
      let status = path == "/" ? 200 : path == "/304" ? 304 : 204
      try client.expectResponse(
        status,
        fields: ["Content-Length": length, "Transfer-Encoding": nil, "Connection": nil],
        to: method)
      try client.expectIdle()
    }
    try client.send(request: "GET /")
    try client.expectResponse(200, "four")
  }

  func testARefusedHeadHasNoBody() throws {
    let client = try connect { _ in .text("never") }
    try client.send("HEAD / HTTP/1.1\r\n\r\n")
    let head = String(decoding: try client.readToEnd(), as: UTF8.self)
    XCTAssertTrue(head.hasPrefix("HTTP/1.1 400 ") && head.hasSuffix("\r\n\r\n"), head)
    XCTAssertFalse(head.contains("Content-Length: 0\r\n"), head)
  }

  // Eventlet: W71
  func testAHandlerMayTellTheLengthOfWhatItDoesNotSend() throws {
    let client = try connect { request in
      ServerResponse(
        status: request.path == "/304" ? .notModified : .ok, headerFields: [.contentLength: "5"])
    }
    for (method, path, status) in [("HEAD", "/", 200), ("GET", "/304", 304)] {
      try client.send(request: "\(method) \(path)")
      try client.expectResponse(status, fields: ["Content-Length": "5"], to: method)
      try client.expectIdle()
    }
  }

  // Eventlet: W71
  // Differs: the connection is closed, for the client takes it for a tunnel.
  func testAnOrdinaryAnswerToConnectHasNoBodyAndEndsTheConnection() throws {
    for body in [ResponseBody.none, .text("hello"), .stream { try $0.write("hello") }] {
      let client = try connect { _ in ServerResponse(body: body) }
      try client.send("CONNECT host:1 HTTP/1.1\r\nHost: host:1\r\n\r\n")
      try client.expectResponse(
        200, fields: ["Content-Length": nil, "Transfer-Encoding": nil], to: "HEAD")
      try client.expectClosed()
    }
    let client = try connect { _ in throw HTTPError(.methodNotAllowed) }
    try client.send("CONNECT host:1 HTTP/1.1\r\nHost: host:1\r\n\r\n")
    try client.expectResponse(405, "Method Not Allowed\n")
    try client.expectIdle()
  }
}
