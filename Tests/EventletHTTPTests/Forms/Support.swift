import EventletHTTP
import EventletNet
import HTTPTypes

/// A body as text, whose lines end with CR LF.
func lines(_ lines: String...) -> [UInt8] { Array(lines.joined(separator: "\r\n").utf8) }

/// What a body consists of: its parts, one line each, and what ended it.
struct Parsed: Hashable, CustomStringConvertible {
  struct Part: Hashable {
    var fields: [String]
    var content: [UInt8]
    var isEnded = false
  }

  var parts: [Part] = []
  var hasEnded = false
  var error: FormError?

  var description: String {
    parts.map { "\($0.fields) \(String(decoding: $0.content, as: UTF8.self).debugDescription)" }
      .joined(separator: "; ") + (hasEnded ? "" : " open") + (error.map { " \($0)" } ?? "")
  }

  /// Takes what the parser gives until it wants more.
  mutating func take(from parser: inout MultipartParser) throws(FormError) {
    while let event = try parser.next() {
      switch event {
      case .partBegins(let fields):
        parts.append(Part(fields: fields.map { "\($0)" }, content: []))
      case .data(let bytes):
        if bytes.isEmpty { parts.append(Part(fields: ["empty data"], content: [])) }
        parts[parts.count - 1].content += bytes
      case .partEnds: parts[parts.count - 1].isEnded = true
      case .end:
        hasEnded = true
        return
      }
    }
  }

  /// Feeds pieces of a body, and then its end.
  init(
    _ pieces: [ArraySlice<UInt8>], boundary: String = "b",
    limits: MultipartParser.Limits = MultipartParser.Limits()
  ) {
    do throws(FormError) {
      var parser = try MultipartParser(boundary: boundary, limits: limits)
      try take(from: &parser)
      for piece in pieces {
        parser.feed(Array(piece))
        try take(from: &parser)
      }
      try parser.finish()
    } catch { self.error = error }
  }

  /// Whether it is the same whole, byte by byte, and split at every place and every two places.
  static func everyWay(
    _ body: [UInt8], boundary: String = "b",
    limits: MultipartParser.Limits = MultipartParser.Limits(), _ check: (Parsed, String) -> Void
  ) {
    check(Parsed([body[...]], boundary: boundary, limits: limits), "whole")
    let bytes = body.indices.map { body[$0...$0] }
    check(Parsed(bytes, boundary: boundary, limits: limits), "byte by byte")
    for first in 0...body.count {
      for second in first...min(body.count, first + 12) {
        check(
          Parsed(
            [body[..<first], body[first..<second], body[second...]], boundary: boundary,
            limits: limits), "split at \(first) and \(second)")
      }
    }
  }
}

/// Gives its chunks one by one, none larger than asked for, and then the end.
final class Chunks: ByteSource {
  private var chunks: [[UInt8]]
  private(set) var receivedCount = 0

  init(_ chunks: [[UInt8]]) { self.chunks = chunks.filter { !$0.isEmpty } }

  func receive(upTo count: Int) throws -> [UInt8] {
    guard let chunk = chunks.first else { return [] }
    let taken = Array(chunk.prefix(count))
    if taken.count == chunk.count { chunks.removeFirst() } else { chunks[0].removeFirst(count) }
    receivedCount += taken.count
    return taken
  }

  func close() {}
}
