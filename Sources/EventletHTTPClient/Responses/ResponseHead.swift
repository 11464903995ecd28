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
  /// Whether something may have been put on the body (RFC 9110, 8.4).
  private(set) var hasContentCoding = false
  private static let usualSize = 512

  /// What follows the status, and the fields.
  private var lines: [UInt8] = []
  private var reasonPhraseCount = 0
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
        hasContentCoding = false
        lines.removeAll(keepingCapacity: true)
      } else {
        isComplete = true
      }
    } else {
      if Self.isField("content-encoding:", line) { hasContentCoding = true }
      if Self.isField("transfer-encoding:", line), !Self.isChunkedAlone(line) {
        // Nobody has asked for another one (RFC 9112, 7.4), of which libcurl would make any amount.
        throw HeadFault(reason: .malformedHead)
      }
      lines.append(contentsOf: line)
    }
  }

  /// Whether the line is a field of that name, which is given in small letters and with its colon.
  private static func isField(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> Bool {
    let count = name.utf8CodeUnitCount
    guard line.count > count, line[count - 1] == UInt8(ascii: ":") else { return false }
    return (0..<(count - 1)).allSatisfy { line[$0] | 0x20 == name.utf8Start[$0] }
  }

  private static func isChunkedAlone(_ line: UnsafeRawBufferPointer) -> Bool {
    let value = String(decoding: line.drop { $0 != UInt8(ascii: ":") }.dropFirst(), as: UTF8.self)
    return value.lowercased().split { $0 == "," || $0.isWhitespace }
      .allSatisfy { $0 == "chunked" || $0 == "identity" }
  }

  private static func isEmpty(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count <= 2 && line.last == UInt8(ascii: "\n") && line[0] < 0x20
  }

  private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count > 5 && line[0] == UInt8(ascii: "H") && line[1] == UInt8(ascii: "T")
      && line[2] == UInt8(ascii: "T") && line[3] == UInt8(ascii: "P")
      && line[4] == UInt8(ascii: "/")
  }

  /// `HTTP/1.1 200 OK`, `HTTP/2 200`.
  private mutating func readStatusLine(
    _ line: UnsafeRawBufferPointer
  ) throws(HeadFault) {
    guard Self.isStatusLine(line), line.count > 8 else { throw HeadFault(reason: .malformedHead) }
    guard let major = Self.digit(line[5]) else { throw HeadFault(reason: .malformedHead) }
    var position = 6
    var minor: UInt8 = 0
    if line[6] == UInt8(ascii: "."), let digit = Self.digit(line[7]) {
      minor = digit
      position = 8
    }
    version = HTTPVersion(major: major, minor: minor)
    guard line.count >= position + 4, line[position] == UInt8(ascii: " "),
      let hundreds = Self.digit(line[position + 1]), let tens = Self.digit(line[position + 2]),
      let ones = Self.digit(line[position + 3])
    else { throw HeadFault(reason: .malformedHead) }
    status = Int(hundreds) * 100 + Int(tens) * 10 + Int(ones)
    lines.reserveCapacity(Self.usualSize)
    lines.append(contentsOf: line[(position + 4)...])
    reasonPhraseCount = line.count - position - 4
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? byte - UInt8(ascii: "0") : nil
  }

  var httpStatus: HTTPResponse.Status {
    let phrase = lines[..<reasonPhraseCount].drop { $0 == UInt8(ascii: " ") }
    return HTTPResponse.Status(
      code: status,
      reasonPhrase: String(
        decoding: phrase.prefix { $0 >= 0x20 && $0 != 0x7f }, as: UTF8.self))
  }

  var fields: HTTPFields { Self.fields(of: lines[reasonPhraseCount...]) }
  var trailers: HTTPFields { Self.fields(of: trailerLines[...]) }

  private static func fields(of lines: ArraySlice<UInt8>) -> HTTPFields {
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
