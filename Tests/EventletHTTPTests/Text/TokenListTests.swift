import Testing

@testable import EventletHTTP

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
    #expect(TokenList(parsing: text).words == tokens)
  }

  @Test(
    arguments: [
      ("foo bar, close", ["close"]),
      ("foo/bar, close", ["close"]),
      ("close, \"foo", ["close"]),
      ("\"a, b\", close", ["close"]),
      ("a;x, b", ["b"]),
      ("a;x=\"1, b", []),
      ("a=1, b", ["b"]),
      ("é, b", ["b"]),
      ("a\u{0}, b", ["b"]),
      ("a;x=\"\u{1}\", b", ["b"]),
    ])
  func whatIsNoElementIsLeftOut(text: String, tokens: [String]) {
    #expect(TokenList(parsing: text).words == tokens)
  }

  @Test func wordsAreFoundInWhateverCase() {
    let list = TokenList(parsing: "keep-alive, Upgrade")
    #expect(list.contains("upgrade"))
    #expect(list.contains("KEEP-ALIVE"))
    #expect(!list.contains("keep"))
  }
}
