import EventletCore
import EventletHTTP
import EventletJSON
import EventletTesting
import XCTest

/// A type that has itself inside.
private struct Tree: Decodable {
  var children: [Tree]?

  /// Counted without recursion.
  var depth: Int {
    var depth = 1
    var tree = self
    while let child = tree.children?.first {
      depth += 1
      tree = child
    }
    return depth
  }
}

/// Tries one kind of value after the other, which takes the most stack.
private enum Anything: Decodable {
  case array([Anything])
  case object([String: Anything])
  case number(Double)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let elements = try? container.decode([Anything].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: Anything].self))
    }
  }
}

/// Hostile nesting, on green threads with stacks of the usual size.
final class JSONNestingTests: JSONTestCase {
  private func nested(_ levels: Int) -> [UInt8] {
    Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8)
  }

  private func nestedObjects(_ levels: Int) -> [UInt8] {
    let text = String(repeating: #"{"a":"#, count: levels) + "1"
    return Array((text + String(repeating: "}", count: levels)).utf8)
  }

  func testABombIsRefused() throws {
    for bomb in [
      nested(500_000), [UInt8](repeating: 0x5B, count: 1_000_000), nestedObjects(100_000),
      nested(33),
    ] {
      for handler in [
        { try .json(try $0.readJSON(JSONValue.self)) },
        { .text("\(try $0.readJSON([String: Int].self))") },
        { .text("\(try $0.readJSON(Anything.self))") },
      ] as [RequestHandler] {
        XCTAssertEqual(try answer(bomb, by: handler), Answer(400, "JSON: more than 32 levels\n"))
      }
    }
  }

  func testWhatIsNotAskedForCountsToo() throws {
    let body = Array(#"{"x":"#.utf8) + nested(32) + Array("}".utf8)
    let answer = try answer(body) { request in
      .text("\(try request.readJSON([String: Int].self))")
    }
    XCTAssertEqual(answer, Answer(400, "JSON: more than 32 levels\n"))
  }

  func testAllThatTheDefaultAllowsFitsOnAStack() throws {
    for body in [nested(32), nestedObjects(32)] {
      let answer = try answer(body) { request in
        let bytes = try request.body.readAll()
        _ = try JSONCoding.standard.decode(Anything.self, from: bytes)
        return try .json(try JSONCoding.standard.decode(JSONValue.self, from: bytes))
      }
      XCTAssertEqual(
        answer, Answer(200, "application/json", String(decoding: body, as: UTF8.self)))
    }
  }

  func testALargerLimitGetsALargerStack() throws {
    var coding = JSONCoding()
    coding.nestingLimit = 512
    for body in [nested(512), nestedObjects(512)] {
      let answer = try answer(body) { request in
        let bytes = try request.body.readAll()
        _ = try coding.decode(Anything.self, from: bytes)
        _ = try coding.decode(JSONValue.self, from: bytes)
        return .text("read")
      }
      XCTAssertEqual(answer, Answer(200, "read"))
    }
    let begin = String(repeating: #"{"children":["#, count: 256)
    let tree = begin + String(repeating: "]}", count: 256)
    let answer = try answer(tree) { request in
      .text("\(try request.readJSON(Tree.self, coding: coding).depth)")
    }
    XCTAssertEqual(answer, Answer(200, "256"))
    XCTAssertThrowsError(try coding.decode(JSONValue.self, from: nested(513))) { error in
      XCTAssertEqual(error as? JSONError, .tooDeep(limit: 512))
    }
  }
}
