import EventletHTTP
import HTTPTypes
import Testing

@Suite struct TokenListTests {
  // Eventlet: W102
  @Test(
    arguments: [
      ("close", ["close"]),
      ("foo, close", ["foo", "close"]),
      ("foo,close", ["foo", "close"]),
      (" foo \t,\tclose ", ["foo", "close"]),
      (",, foo,, ,close,", ["foo", "close"]),
      ("", []), (",", []), (" ", []),
      ("a;x=1;y=\"2,3\", b", ["a", "b"]),
      ("*", ["*"]),
    ])
  func listsAreRead(text: String, tokens: [String]) {
    let list = TokenList(parsing: text)
    #expect(list.elements.map(\.token) == tokens)
    #expect(list.isWellFormed)
  }

  @Test(
    arguments: [
      ("foo bar, close", ["close"]),
      ("foo/bar, close", ["close"]),
      ("close, \"foo", ["close"]),
      ("\"a, b\", close", ["close"]),
      ("a;x, b", ["b"]),
      ("a;x=\"1, b", []),
      ("a;q=2, b", ["b"]),
      ("a;q=x, b", ["b"]),
      ("a=1, b", ["b"]),
      ("é, b", ["b"]),
      ("a\u{0}, b", ["b"]),
      ("a;x=\"\u{1}\", b", ["b"]),
    ])
  func whatIsNoElementIsLeftOut(text: String, tokens: [String]) {
    let list = TokenList(parsing: text)
    #expect(list.elements.map(\.token) == tokens)
    #expect(!list.isWellFormed)
  }

  @Test func allFieldsOfANameAreOneList() {
    var fields: HTTPFields = [.connection: "keep-alive, Upgrade", .acceptEncoding: "gzip"]
    fields.append(HTTPField(name: .connection, value: "Close"))
    let list = TokenList(.connection, in: fields)
    #expect(list.elements.map(\.token) == ["keep-alive", "Upgrade", "Close"])
    #expect(list.contains("close"))
    #expect(list.contains("KEEP-ALIVE"))
    #expect(!list.contains("keep"))
    #expect(!list.contains("gzip"))
    #expect(TokenList(.te, in: fields) == TokenList(parsing: ""))
    #expect(!TokenList(.te, in: fields).contains("trailers"))
  }

  @Test(
    arguments: [
      ("1", 1), ("0", 0), ("0.5", 0.5), ("0.123", 0.123), ("1.000", 1), ("0.", 0), ("1.", 1),
      ("1.001", nil), ("1.1", nil), ("2", nil), ("0.1234", nil), ("-1", nil), ("+1", nil),
      (".5", nil), ("0.5a", nil), ("a", nil), ("00", nil), ("1e0", nil),
    ] as [(String, Double?)])
  func weightsAreFromZeroToOne(text: String, weight: Double?) {
    for name in ["q", "Q"] {
      let list = TokenList(parsing: "gzip; \(name)=\(text)")
      #expect(list.weight(of: "GZIP") == weight)
    }
  }

  @Test func parametersStayButForTheWeight() throws {
    let list = TokenList(parsing: "a; X=1; q=0.5; y=2, b")
    let element = try #require(list.elements.first)
    #expect(element.weight == 0.5)
    #expect(
      element.parameters
        == [NamedValue(name: "x", value: "1"), NamedValue(name: "y", value: "2")])
    #expect(list.elements.last?.weight == 1)
  }

  @Test(
    arguments: [
      ("gzip, deflate", "gzip"),
      ("deflate, gzip", "gzip"),
      ("deflate, gzip;q=0.9", "deflate"),
      ("gzip;q=0, deflate;q=0.001", "deflate"),
      ("gzip;q=0", nil),
      ("*", "gzip"),
      ("*;q=0.1, deflate;q=0.2", "deflate"),
      ("gzip;q=0, *", "deflate"),
      ("*;q=0", nil),
      ("br", nil),
      ("", nil),
      ("GZIP", "gzip"),
    ] as [(String, String?)])
  func theMostWantedIsPreferred(text: String, expected: String?) {
    #expect(TokenList(parsing: text).preferred(of: ["gzip", "deflate"]) == expected)
  }
}
