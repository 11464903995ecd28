import EventletHTTP
import Testing

@Suite struct AcceptTests {
  static let types = ["application/json", "text/html; charset=utf-8", "image/png"]

  @Test(
    arguments: [
      (nil, 0), ("", 0), ("*/*", 0), ("text/html", 1), ("TEXT/HTML", 1), ("image/*", 2),
      ("text/*, image/png;q=0.5", 1), ("text/html;q=0.4, application/json;q=0.3", 1),
      ("*/*;q=0.1, image/png", 2), ("application/json;q=0, */*;q=0.1", 1),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 1),
      ("text/*;q=0, text/html", 1), ("text/html;q=0, text/*", nil), ("video/mp4", nil),
      ("*/*;q=0", nil), ("text/plain, */*;q=0.001", 0),
      // The most specific says, not the first, nor the one that says most.
      ("*/*, application/json;q=0.1", 1), ("*/*, application/*;q=0.2, application/json;q=0.1", 1),
      ("text/html;charset=utf-8;q=0.9, text/html;q=0.1, image/png;q=0.5", 1),
      ("text/html;charset=latin1, image/png;q=0.5", 2),
      ("text/html;charset=\"utf-8\", image/png;q=0.5", 1),
      ("text/html;level=1, image/png;q=0.5", 2),
      ("image/png;q=0.5;ext=1", 2), ("image/png;q=0.5;q=0", 2),
      // Java's client.
      ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", 1), ("video/mp4, *; q=.2", 0),
      // A quotation may hold anything.
      ("text/html;x=\"a,b;q=0\\\"\", image/png", 2),
      // Malformed, so not there; and if nothing is left, nothing is asked for.
      ("image/png;q=5, text/html;q=0.1", 1), ("image/png;q=5", 0), ("\"", 0), (", ;,", 0),
      ("image/png;x, text/html", 1), ("*/png, text/html", 1), ("*/*;x=1, text/html", 1),
    ] as [(String?, Int?)])
  func theClientChooses(value: String?, index: Int?) {
    #expect(Accept(value).choose(from: Self.types) == index.map { Self.types[$0] })
  }

  @Test func theServersOrderDecidesBetweenEquals() {
    #expect(Accept("b/b, a/a").choose(from: ["a/a", "b/b"]) == "a/a")
    #expect(Accept("b/b, a/a").choose(from: ["b/b", "a/a"]) == "b/b")
    #expect(Accept("a/a").choose(from: []) == nil)
  }

  @Test func aTypeIsAcceptedOrNot() {
    let accepted = Accept("text/*;q=0.1, text/csv;q=0")
    #expect(accepted.accepts("text/plain"))
    #expect(!accepted.accepts("text/csv"))
    #expect(!accepted.accepts("textual/plain"))
    #expect(!accepted.accepts("image/png"))
    #expect(Accept(nil).accepts("image/png"))
  }
}
