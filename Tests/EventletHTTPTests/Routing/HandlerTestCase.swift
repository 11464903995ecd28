import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// A test case that asks handlers by way of a server and a connection.
class HandlerTestCase: GreenTestCase {
  /// What a client gets to see of an answer.
  struct Answer: Equatable {
    var status: Int
    /// By their names in lower case; repeated ones are joined.
    var fields: [String: String]
    var body: String
  }

  /// Has one request answered, which is a request line but for the version, and fields.
  func answer(
    _ request: String, _ fields: [String] = [], by handler: @escaping RequestHandler
  ) throws -> Answer {
    let host = fields.contains { $0.hasPrefix("Host:") } ? [] : ["Host: example.org"]
    let lines = ["\(request) HTTP/1.1"] + host + fields + ["Connection: close", "", ""]
    return parse(try exchange(lines.joined(separator: "\r\n"), by: handler))
  }

  /// Sends bytes to a server, and returns all that comes back.
  func exchange(_ request: String, by handler: @escaping RequestHandler) throws -> String {
    let (client, connection) = try GreenSocket.pair()
    defer { client.close() }
    let server = HTTPServer(handler)
    let serving = spawn { try server.serve(connection: connection) }
    try client.sendAll(Array(request.utf8))
    try client.shutdown(.writing)
    var answer: [UInt8] = []
    while case let piece = try client.receive(upTo: 4096), !piece.isEmpty { answer += piece }
    try serving.wait()
    return String(decoding: answer, as: UTF8.self)
  }

  private func parse(_ text: String) -> Answer {
    guard let end = text.firstRange(of: "\r\n\r\n") else {
      XCTFail("no answer: \(text)")
      return Answer(status: 0, fields: [:], body: "")
    }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
      fields[parts[0].lowercased(), default: ""] +=
        fields[parts[0].lowercased()] == nil ? "\(value)" : ", \(value)"
    }
    return Answer(status: status, fields: fields, body: String(text[end.upperBound...]))
  }
}
