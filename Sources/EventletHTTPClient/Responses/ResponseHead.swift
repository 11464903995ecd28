internal import EventletHTTP
internal import HTTPTypes

/// What is wrong with a head.
struct HeadFault: Error {
  let reason: HTTPClientError.Reason
}

/// The head of an answer, line by line as libcurl hands them over, and the trailers behind its body.
///
/// Nothing is made of the lines before somebody asks.
struct ResponseHead {
  private(set) var status = 0
  private(set) var version = HTTPVersion.http1_1
  /// Whether the head of the final answer is there.
  private(set) var isComplete = false
  private var reasonPhrase = ""
  private var lines: [UInt8] = []
  private var trailerLines: [UInt8] = []
  /// Of all heads, those of interim answers too.
  private var count = 0

  /// Takes the next line, with its end.
  mutating func append(
    _ line: UnsafeRawBufferPointer, limit: Int
  ) throws(HeadFault) {
    count += line.count
    guard count <= limit else { throw HeadFault(reason: .headTooLarge(limit: limit)) }
    if isComplete {
      // Another head after the final one would be of another answer.
      if Self.isStatusLine(line) { throw HeadFault(reason: .malformedHead) }
      trailerLines.append(contentsOf: line)
    } else if status == 0 {
      try readStatusLine(line)
    } else if Self.isEmpty(line) {
      if (100..<200).contains(status), status != 101 {
        // Interim: what counts is still to come.
        status = 0
        lines = []
      } else {
        isComplete = true
      }
    } else {
      lines.append(contentsOf: line)
    }
  }

  private static func isEmpty(_ line: UnsafeRawBufferPointer) -> Bool {
    line.allSatisfy { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
  }

  private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
    line.starts(with: "HTTP/".utf8)
  }

  /// `HTTP/1.1 200 OK`, `HTTP/2 200`.
  private mutating func readStatusLine(
    _ line: UnsafeRawBufferPointer
  ) throws(HeadFault) {
    guard Self.isStatusLine(line), line.count > 8 else { throw HeadFault(reason: .malformedHead) }
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    let digit = { (index: Int) -> UInt8 in line[index] - UInt8(ascii: "0") }
    guard isDigit(line[5]) else { throw HeadFault(reason: .malformedHead) }
    var position = 6
    var minor: UInt8 = 0
    if line[6] == UInt8(ascii: "."), isDigit(line[7]) {
      minor = digit(7)
      position = 8
    }
    version = HTTPVersion(major: digit(5), minor: minor)
    guard line.count >= position + 4, line[position] == UInt8(ascii: " "),
      line[(position + 1)..<(position + 4)].allSatisfy(isDigit)
    else { throw HeadFault(reason: .malformedHead) }
    status = line[(position + 1)..<(position + 4)].reduce(0) {
      $0 * 10 + Int($1 - UInt8(ascii: "0"))
    }
    let phrase = line[(position + 4)...].drop { $0 == UInt8(ascii: " ") }
    reasonPhrase = String(decoding: phrase.prefix { $0 >= 0x20 && $0 != 0x7f }, as: UTF8.self)
  }

  var httpStatus: HTTPResponse.Status {
    HTTPResponse.Status(code: status, reasonPhrase: reasonPhrase)
  }

  var fields: HTTPFields { Self.fields(of: lines) }
  var trailers: HTTPFields { Self.fields(of: trailerLines) }

  private static func fields(of lines: [UInt8]) -> HTTPFields {
    var fields = HTTPFields()
    var name: HTTPField.Name?
    var value: [UInt8] = []
    func add() { if let name { fields.append(HTTPField(name: name, value: value)) } }
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      // Folded (RFC 9112, 5.2).
      if let first = line.first, isBlank(first) {
        value += [UInt8(ascii: " ")] + trimmed(line)
        continue
      }
      add()
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        name = nil
        continue
      }
      // A name that is none is passed over: it cannot be asked for.
      name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
      value = Array(trimmed(line[(colon + 1)...]))
    }
    add()
    return fields
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let rest = text.drop(while: isBlank)
    return rest[..<((rest.lastIndex { !isBlank($0) }).map { $0 + 1 } ?? rest.startIndex)]
  }
}
