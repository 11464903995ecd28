import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// A test case that sends bodies to handlers by way of a server and a connection.
class JSONTestCase: GreenTestCase {
  /// What a client gets to see of an answer.
  struct Answer: Equatable {
    var status: Int
    var contentType: String?
    var body: String

    init(_ status: Int, _ contentType: String?, _ body: String) {
      self.status = status
      self.contentType = contentType
      self.body = body
    }

    /// Of text.
    init(_ status: Int, _ body: String) { self.init(status, "text/plain; charset=utf-8", body) }
  }

  /// Has a POST answered.
  func answer(
    _ body: [UInt8], type: String? = "application/json", path: String = "/",
    by handler: @escaping RequestHandler
  ) throws -> Answer {
    let (client, connection) = try GreenSocket.pair()
    defer { client.close() }
    let server = HTTPServer(handler)
    let serving = spawn { try server.serve(connection: connection) }
    let contentType = type.map { "Content-Type: \($0)\r\n" } ?? ""
    let head =
      "POST \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\(contentType)"
      + "Content-Length: \(body.count)\r\n\r\n"
    try client.sendAll(Array(head.utf8) + body)
    try client.shutdown(.writing)
    let text = String(decoding: try BufferedReader(client).readAll(limit: 1 << 24), as: UTF8.self)
    try serving.wait()
    guard let end = text.firstRange(of: "\r\n\r\n") else {
      XCTFail("no answer: \(text)")
      return Answer(0, nil, "")
    }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let typeLine = lines.first { $0.hasPrefix("Content-Type: ") }
    return Answer(
      Int(lines[0].split(separator: " ")[1]) ?? 0, typeLine.map { String($0.dropFirst(14)) },
      String(text[end.upperBound...]))
  }

  func answer(
    _ body: String, type: String? = "application/json", path: String = "/",
    by handler: @escaping RequestHandler
  ) throws -> Answer { try answer(Array(body.utf8), type: type, path: path, by: handler) }
}
