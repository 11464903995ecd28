internal import EventletNet
internal import HTTPTypes

/// Reads the head of a response (RFC 9112, 4 and 5), and not a byte more is taken from the reader.
struct ResponseHeadReader {
  /// The most bytes that a head has.
  static let mostBytes = 65_536

  let reader: BufferedReader

  /// Reads the head of the answer, and passes over those that come before it, such as 103
  /// (RFC 9110, 15.2).
  func read() throws -> HTTPResponse {
    while true {
      let response = try readHead()
      if response.status.kind != .informational || response.status == .switchingProtocols {
        return response
      }
    }
  }

  private func readHead() throws -> HTTPResponse {
    var left = Self.mostBytes
    var response = try Self.parseStatusLine(try readLine(&left))
    while case let line = try readLine(&left), !line.isEmpty {
      response.headerFields.append(try Self.parseField(line))
    }
    return response
  }

  private func readLine(_ left: inout Int) throws -> String {
    // The count is a variable of the caller's own.
    let limit = left
    guard limit > 0 else { throw Self.tooLong }
    guard let bytes = try line(limit), bytes.last == UInt8(ascii: "\n") else {
      throw WebSocketConnectError.invalidAnswer("the connection ends in the middle of a head")
    }
    left -= bytes.count
    return String(
      decoding: bytes.dropLast(bytes.suffix(2).first == UInt8(ascii: "\r") ? 2 : 1), as: UTF8.self)
  }

  private func line(_ limit: Int) throws -> [UInt8]? {
    do {
      return try reader.readBytes(through: UInt8(ascii: "\n"), limit: limit)
    } catch is LineTooLong {
      throw Self.tooLong
    }
  }

  private static let tooLong = WebSocketConnectError.invalidAnswer(
    "a head of over \(mostBytes) bytes")

  private static func parseStatusLine(_ line: String) throws(WebSocketConnectError) -> HTTPResponse
  {
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3,
      let code = Int(parts[1]), (100...599).contains(code)
    else { throw .invalidAnswer("'\(line.prefix(80))' is no status line of HTTP/1.1") }
    let phrase = parts.count > 2 ? String(parts[2]) : ""
    return HTTPResponse(status: .init(code: code, reasonPhrase: phrase))
  }

  private static func parseField(_ line: String) throws(WebSocketConnectError) -> HTTPField {
    guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon]))
    else { throw .invalidAnswer("'\(line.prefix(80))' is no field") }
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    let end = value.lastIndex { $0 != " " && $0 != "\t" }
    let text = end.map { String(value[...$0]) } ?? ""
    guard HTTPField.isValidValue(text) else { throw .invalidAnswer("the value of \(name)") }
    return HTTPField(name: name, value: text)
  }
}
