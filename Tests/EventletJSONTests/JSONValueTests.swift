import EventletJSON
import FoundationEssentials
import Testing

/// The value that `text` stands for.
private func value(_ text: String) throws(JSONError) -> JSONValue {
  try JSONValue(parsing: Array(text.utf8))
}

@Test(
  arguments: [
    ("null", nil), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("12", 12),
    ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
    ("1.0", 1.0), ("-0.5e+1", -5.0), ("1E2", 100.0), ("1e-400", 0.0),
    (#""""#, ""), (#""ä€😀""#, "ä€😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#""a\u00e4b""#, "aäb"), (#""\uD83D\uDE00!""#, "😀!"), (#""\u0000""#, "\0"),
    ("\u{FEFF} [ ] ", []), ("[1,[2,[]],{}]", [1, [2, []], [:]]),
    (#" { "a" : { "b" : [ null ] } , "" : 1 } "#, ["a": ["b": [nil]], "": 1]),
    (#"{"a":1,"a":2}"#, ["a": 1]), ("\t\r\n 1 \t\r\n", 1),
  ] as [(String, JSONValue)])
func jsonIsRead(text: String, expected: JSONValue) throws {
  #expect(try value(text) == expected)
  // By Foundation's decoder the same comes out.
  let decoded = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  #expect(decoded.rounded == expected.rounded)
}

@Test(
  arguments: [
    ("", 1), (" ", 2), ("nul", 4), ("nulL", 4), ("True", 1), ("'a'", 1), ("01", 2), ("+1", 1),
    (".5", 1), ("1.", 3), ("1.e1", 3), ("1e", 3), ("1e+", 4), ("-", 2), ("--1", 2), ("0x1", 2),
    ("NaN", 1), ("1 2", 3), ("[1 2]", 4), ("[1,]", 4), ("[,1]", 2), ("[1,,2]", 4), ("[", 2),
    ("[1", 3), ("]", 1), ("[}", 2), ("{]", 2), ("{1:2}", 2), (#"{"a"}"#, 5), (#"{"a" 1}"#, 6),
    (#"{"a":}"#, 6), (#"{"a":1,}"#, 8), (#"{"a":1 "b":2}"#, 8), (#"{,}"#, 2), ("//\n1", 1),
    (#"""#, 2), (#""\"#, 3), (#""\x""#, 3), (#""\u12"#, 4), (#""\u12g4""#, 4),
    (#""\ud800""#, 2), (#""\ud800\n""#, 2), (#""\ud800\u0041""#, 2), (#""\udc00""#, 2),
    ("\"a\tb\"", 3), ("\"a\u{0}\"", 3), ("1\u{0}", 2), ("\u{A0}1", 1), ("ä", 1), ("\"äé\n\"", 4),
  ])
func whatIsNoJSONIsRefusedByItsPlace(text: String, column: Int) {
  #expect(throws: JSONError.malformed(line: 1, column: column)) { try value(text) }
  #expect(failure([String: Int].self, text) == .malformed(line: 1, column: column))
}

@Test func linesAreCounted() {
  #expect(throws: JSONError.malformed(line: 3, column: 4)) { try value("[\n1,\r\n\t2 3]") }
}

@Test func textMustBeUTF8() {
  #expect(throws: JSONError.malformed(line: 1, column: 3)) {
    try JSONValue(parsing: [0x22, 0x61, 0xFF, 0x22])
  }
  // Foundation's decoder takes UTF-16 for what it is.
  for bytes: [UInt8] in [[0x31, 0, 0x32, 0], [0, 0x31], [0xFF, 0xFE, 0x31, 0]] {
    #expect(throws: JSONError.self) { try JSONCoding.standard.decode(Int.self, from: bytes) }
  }
}

@Test func numbersBeyondDoubleAreRefused() {
  #expect(throws: JSONError.invalid(path: "")) { try value("[1e400]") }
}

@Test func membersAndElementsAreFoundOrNot() {
  let value: JSONValue = ["a": [1, "x"]]
  #expect(value["a"]?[1] == "x")
  #expect(value["b"] == nil)
  #expect(value[0] == nil)
  #expect(value["a"]?["a"] == nil)
  #expect(value["a"]?[2] == nil)
  #expect(value["a"]?[-1] == nil)
}

@Test func aValueIsWrittenAndReadAgain() throws {
  let value: JSONValue = [
    "null": nil, "bool": false, "integer": -1, "number": 0.5, "string": "\u{1F600}\"/",
    "array": [[], [:]], "object": ["a": ["b": 1]],
  ]
  let bytes = try JSONCoding.standard.encode(value)
  #expect(try JSONValue(parsing: bytes) == value)
  #expect(
    String(decoding: bytes, as: UTF8.self)
      == #"{"array":[[],{}],"bool":false,"integer":-1,"null":null,"number":0.5,"#
      + #""object":{"a":{"b":1}},"string":"😀\"/"}"#)
}

/// What is read is read by Foundation as well, to the same value.
@Test func distortedTextIsReadAsFoundationReadsItOrNotAtAll() {
  var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
  func next(_ bound: Int) -> Int {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(seed >> 33) % bound
  }
  let original = Array(
    #"{"a": [1, -20, true, null, "x\u00e4\n"], "b": {"c": "ä", "d": [{}]}}"#.utf8
  )
  let others = Array(#"{}[],:"\0123456789.eE+-truefalsn ä"#.utf8) + [0, 0x80, 0xFF]
  var taken = 0
  for _ in 0..<20_000 {
    var bytes = original
    for _ in 0...next(3) {
      let place = next(bytes.count)
      switch next(3) {
      case 0: bytes[place] = others[next(others.count)]
      case 1: bytes.remove(at: place)
      default: bytes.insert(others[next(others.count)], at: place)
      }
    }
    let ours: JSONValue
    do { ours = try JSONValue(parsing: bytes) } catch { continue }
    taken += 1
    let theirs = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    #expect(ours.rounded == theirs?.rounded, "\(String(decoding: bytes, as: UTF8.self))")
  }
  #expect(taken > 1000)
}

extension JSONValue {
  /// Without the difference between 1 and 1.0, which Foundation does not make.
  fileprivate var rounded: JSONValue {
    switch self {
    case .integer(let integer): .number(Double(integer))
    case .array(let elements): .array(elements.map(\.rounded))
    case .object(let members): .object(members.mapValues(\.rounded))
    default: self
    }
  }
}
