import EventletHTTP
import HTTPTypes
import Testing

@Suite struct CookiesTests {
  @Test(
    arguments: [
      ("a=1", ["a": "1"]),
      ("a=1; b=2; a=3", ["a": "1", "b": "2", "a": "3"]),
      ("a=1;b=2", ["a": "1", "b": "2"]),
      (" a = 1 ;\tb\t=\t2\t", ["a": "1", "b": "2"]),
      ("a=", ["a": ""]),
      ("a=b=c==", ["a": "b=c=="]),
      ("a=\"quoted value\"", ["a": "quoted value"]),
      ("a=\"\"; b=\"; c=\"x", ["a": "", "b": "\"", "c": "\"x"]),
      ("a=\"x\"y\"", ["a": "x\"y"]),
      ("a=%41+b", ["a": "%41+b"]),
      ("a=x y, z", ["a": "x y, z"]),
      ("na me=1; a[b]=2", ["na me": "1", "a[b]": "2"]),
      ("ü=€", ["ü": "€"]),
      ("$Version=1; a=1", ["$Version": "1", "a": "1"]),
      // What is no cookie is left out.
      ("", [:]), (";", [:]), ("; ;", [:]), ("a", [:]), ("=1", [:]), (" =1; a=2", ["a": "2"]),
      ("a; b=2; c", ["b": "2"]),
    ] as [(String, KeyValuePairs<String, String>)])
  func cookiesAreRead(text: String, expected: KeyValuePairs<String, String>) {
    let cookies = Cookies(parsing: text)
    #expect(Array(cookies) == expected.map { NamedValue(name: $0.key, value: $0.value) })
  }

  @Test func allFieldsAreRead() {
    var fields: HTTPFields = [.referer: "a=1"]
    #expect(Cookies(in: fields).isEmpty)
    fields.append(HTTPField(name: .cookie, value: "a=1; b=2"))
    fields.append(HTTPField(name: .accept, value: "c=3"))
    fields.append(HTTPField(name: .cookie, value: "a=3"))
    let cookies = Cookies(in: fields)
    #expect(cookies["a"] == "1")
    #expect(cookies.all("a") == ["1", "3"])
    #expect(cookies["A"] == nil)
    #expect(cookies["c"] == nil)
    #expect(cookies.count == 3)
  }

  @Test func bytesThatAreNoTextAreReplaced() {
    let fields = HTTPFields([HTTPField(name: .cookie, value: [0x61, 0x3d, 0xff, 0x3b, 0x62, 0x3d])])
    #expect(Cookies(in: fields)["a"] == "\u{fffd}")
    #expect(Cookies(in: fields)["b"] == "")
  }

  @Test func whatIsSetIsReadBack() throws {
    let value = "any text; ü, \"quotes\"".percentEncoded(for: .anywhere)
    let cookie = try SetCookie(name: "a", value: value)
    let sent = Cookies(parsing: "\(cookie.name)=\(cookie.value)")
    #expect(sent["a"]?.percentDecoded() == "any text; ü, \"quotes\"")
  }
}
