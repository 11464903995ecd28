import EventletHTTP
import Testing

private func pairs(_ pairs: KeyValuePairs<String, String>) -> [NamedValue] {
  pairs.map { NamedValue(name: $0.key, value: $0.value) }
}

@Suite struct MediaTypeTests {
  @Test(
    arguments: [
      ("text/html", "text/html", [:]),
      (" Text/HTML ", "text/html", [:]),
      ("text/html;charset=UTF-8", "text/html", ["charset": "UTF-8"]),
      ("text/html ; Charset=\"utf-8\"", "text/html", ["charset": "utf-8"]),
      (
        "application/vnd.api+json; a=1;b=2\t; c=3", "application/vnd.api+json",
        ["a": "1", "b": "2", "c": "3"]
      ),
      ("a/b; c=\"d;e, \\\"f\\\\ g\\h\"", "a/b", ["c": "d;e, \"f\\ gh"]),
      ("a/b; c=\"\"", "a/b", ["c": ""]),
      ("a/b;;; c=d;", "a/b", ["c": "d"]),
      ("a/b; c=1; c=2", "a/b", ["c": "1", "c": "2"]),
      // Clients send boundaries that would have to be quoted.
      ("multipart/form-data; boundary=--=_a/b:c", "multipart/form-data", ["boundary": "--=_a/b:c"]),
      ("*/*", "*/*", [:]),
    ] as [(String, String, KeyValuePairs<String, String>)])
  func mediaTypesAreRead(
    text: String, essence: String, parameters: KeyValuePairs<String, String>
  ) throws {
    let type = try #require(MediaType(parsing: text))
    #expect(type.essence == essence)
    #expect(type.parameters == pairs(parameters))
    // What is written is read as the same.
    #expect(MediaType(parsing: "\(type)") == type)
  }

  @Test(
    arguments: [
      "", "text", "text/", "/html", "text /html", "text/ html", "text/html charset=a",
      "text/html; charset", "text/html; charset=", "text/html; =a", "text/html; charset =a",
      "text/html; charset= a", "text/html; charset=\"a", "text/html; charset=\"a\"b",
      "text/html; charset=\"a\\", "text/html, text/plain", "text/html; charset=a, b/c",
      "text/html; a=\"\u{1}\"", "text/html; a=\"\r\n\"", "text/html\0", "téxt/html", "a/b/c",
      "text/html; a=b c",
    ])
  func nothingElseIsAMediaType(text: String) {
    #expect(MediaType(parsing: text) == nil)
  }

  @Test func parametersAreFoundInWhateverCase() throws {
    let type = try #require(MediaType(parsing: "a/b; Charset=x; charset=y"))
    #expect(type["charset"] == "x")
    #expect(type["CHARSET"] == "x")
    #expect(type["boundary"] == nil)
  }

  @Test func aMediaTypeIsWritten() throws {
    let parameters = pairs(["Charset": "utf-8", "title": "a \"b\" \\c", "empty": "", "n": "é"])
    let type = try #require(MediaType(type: "Text", subtype: "PLAIN", parameters: parameters))
    #expect(
      "\(type)"
        == "text/plain; charset=utf-8; title=\"a \\\"b\\\" \\\\c\"; empty=\"\"; n=\"é\"")
    #expect(MediaType(parsing: "\(type)") == type)
  }

  @Test(
    arguments: [
      ("", "b", [:]), ("a", "", [:]), ("a/b", "c", [:]), ("a", "b;c", [:]), ("a", "b\r\n", [:]),
      ("a", "b", ["": "x"]), ("a", "b", ["c d": "x"]), ("a", "b", ["c": "x\r\ny: z"]),
      ("a", "b", ["c": "\0"]), ("a", "b", ["c\n": "x"]),
    ] as [(String, String, KeyValuePairs<String, String>)])
  func noFieldIsBrokenBySuchOnes(
    type: String, subtype: String, parameters: KeyValuePairs<String, String>
  ) {
    #expect(MediaType(type: type, subtype: subtype, parameters: pairs(parameters)) == nil)
  }
}
