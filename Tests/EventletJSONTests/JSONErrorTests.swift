import EventletHTTP
import EventletJSON
import EventletNet
import HTTPTypes
import Testing

@Test(
  arguments: [
    (.unsupportedType("a/b"), 415, "JSON: content type 'a/b' is not the expected one"),
    (.unsupportedType(nil), 415, "JSON: content type '' is not the expected one"),
    (.tooLarge(limit: 1), 413, "JSON: more than 1 bytes"),
    (.tooDeep(limit: 2), 400, "JSON: more than 2 levels"),
    (.malformed(line: 3, column: 4), 400, "JSON: malformed at line 3, column 4"),
    (.missing(path: "a"), 422, "JSON: 'a' is missing"),
    (.mismatch(path: "", expected: "an array"), 422, "JSON: the whole is not an array"),
    (.mismatch(path: "a[0]", expected: "a string"), 422, "JSON: 'a[0]' is not a string"),
    (.invalid(path: ""), 422, "JSON: a value is not possible"),
    (.invalid(path: "a"), 422, "JSON: 'a' has a value that is not possible"),
  ] as [(JSONError, Int, String)])
func aJSONErrorSaysWhatAndWhere(error: JSONError, status: Int, text: String) {
  #expect("\(error)" == text)
  #expect(error.status.code == status)
  #expect(error.response.status.code == status)
  #expect((error as any Error) is any PeerError)
}

/// What the decoding of `text` ends with.
func failure<Value: Decodable>(_ type: Value.Type, _ text: String) -> JSONError? {
  do {
    _ = try JSONCoding.standard.decode(type, from: Array(text.utf8))
    return nil
  } catch { return error as? JSONError }
}

@Test func expectedKindsAreToldInWordsOfJSON() {
  struct Opaque: Decodable { var id: [Int: Int] }
  let mismatch = { JSONError.mismatch(path: $0, expected: $1) }
  #expect(failure([UInt8].self, #"["x"]"#) == mismatch("[0]", "an integer"))
  #expect(failure([Float].self, "[null]") == mismatch("[0]", "a number"))
  #expect(failure([String: Bool].self, #"{"a": 1}"#) == mismatch("a", "true or false"))
  #expect(failure([[String: Int]].self, "[[]]") == mismatch("[0]", "an object"))
  #expect(failure([String: [Int]].self, #"{"a": {}}"#) == mismatch("a", "an array"))
  #expect(failure(String.self, "{}") == mismatch("", "a string"))
  #expect(failure([UInt8].self, "[256]") == .invalid(path: ""))
}

@Test func namesInPathsAreShortAndWithoutControlCharacters() {
  let name = String(repeating: "x", count: 100)
  #expect(
    failure([String: Int].self, #"{"\#(name)": true}"#)
      == .mismatch(path: String(repeating: "x", count: 40), expected: "an integer"))
  #expect(
    failure([String: Int].self, #"{"a\r\nb": true}"#)
      == .mismatch(path: "a\u{FFFD}\u{FFFD}b", expected: "an integer"))
}
