import EventletHTTP
import Testing

@Suite struct FormFieldsTests {
  @Test(
    arguments: [
      ("", [:]),
      ("a=1", ["a": "1"]),
      ("a=1&b=2&a=3", ["a": "1", "b": "2", "a": "3"]),
      ("a", ["a": ""]),
      ("a=", ["a": ""]),
      ("=1", ["": "1"]),
      ("=", ["": ""]),
      ("&&a=1&&", ["a": "1"]),
      ("a=b=c", ["a": "b=c"]),
      ("a+b=c+d", ["a b": "c d"]),
      ("a%20b=c%2Bd", ["a b": "c+d"]),
      ("a%3D=%26", ["a=": "&"]),
      ("%C3%BC=%E2%82%AC", ["ü": "€"]),
      ("a=%FF%", ["a": "\u{fffd}%"]),
      ("a;b=1", ["a;b": "1"]),
      ("a=1\r\n", ["a": "1\r\n"]),
      ("a=%00", ["a": "\0"]),
    ] as [(String, FormFields)])
  func formsAreReadAsTheURLStandardSays(text: String, expected: FormFields) throws {
    #expect(try FormFields(parsing: text) == expected)
    #expect(try FormFields(parsing: Array(text.utf8)) == expected)
  }

  @Test func bytesThatAreNoTextAreReplaced() throws {
    #expect(try FormFields(parsing: [0x61, 0x3d, 0xff]) == ["a": "\u{fffd}"])
  }

  @Test func namesMayComeMoreThanOnce() throws {
    let form: QueryParameters = ["tag": "swift", "page": "2", "tag": "linux"]
    #expect(form["tag"] == "swift")
    #expect(form.all("tag") == ["swift", "linux"])
    #expect(form["none"] == nil)
    #expect(form.all("none") == [])
    #expect(form["Page"] == nil)
    #expect(form.map(\.name) == ["tag", "page", "tag"])
    #expect(form.count == 3)
    #expect(form[1] == NamedValue(name: "page", value: "2"))
    #expect(form.last?.value == "linux")
    #expect(FormFields(form.dropFirst()) == ["page": "2", "tag": "linux"])
    #expect(FormFields().isEmpty)
  }

  @Test(
    arguments: [
      ([:], ""),
      (["a": "1"], "a=1"),
      (["a b": "c+d&e=f", "ü": "", "": "x"], "a+b=c%2Bd%26e%3Df&%C3%BC=&=x"),
    ] as [(FormFields, String)])
  func whatIsWrittenCanBeRead(form: FormFields, text: String) throws {
    #expect("\(form)" == text)
    #expect(try FormFields(parsing: text) == form)
  }

  @Test func fieldsAreAddedBehindTheOthers() {
    var form = FormFields()
    form.append(name: "a", value: "1")
    form.append(name: "a", value: "2")
    #expect("\(form)" == "a=1&a=2")
  }

  @Test func theNumberOfFieldsIsLimited() throws {
    #expect(try FormFields(parsing: "a&b&&", maxCount: 2).count == 2)
    #expect(throws: FormError.tooManyFields(limit: 2)) {
      try FormFields(parsing: "a&b&&c", maxCount: 2)
    }
    let many = String(repeating: "a&", count: 1001)
    #expect(throws: FormError.tooManyFields(limit: 1000)) { try FormFields(parsing: many) }
    #expect(try FormFields(parsing: many, maxCount: 1001).count == 1001)
  }

  @Test func theSizeIsLimited() throws {
    #expect(try FormFields(parsing: "a=12", maxSize: 4) == ["a": "12"])
    #expect(throws: FormError.tooLarge(limit: 3)) { try FormFields(parsing: "a=12", maxSize: 3) }
  }
}
