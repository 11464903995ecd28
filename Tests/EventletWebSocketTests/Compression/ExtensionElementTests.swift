import Testing

@testable import EventletWebSocket

@Suite struct ExtensionElementTests {
  @Test(
    arguments: [
      ("", []),
      (" , ,\t", []),
      ("a", ["a"]),
      ("A-b", ["a-b"]),
      ("a,b", ["a", "b"]),
      (", a ,, b ,", ["a", "b"]),
      ("a;b", ["a;b"]),
      ("a ; B = c", ["a;b=c"]),
      ("a;b=\"C\"", ["a;b=C"]),
      ("a;b=\"\\8\"", ["a;b=8"]),
      ("a;b=\"\"", ["a;b="]),
      ("a;b=\"c,d\", e", ["a;b=c,d", "e"]),
      ("a\t;\tb;c=1;d", ["a;b;c=1;d"]),
      ("a;b;b", ["a;b;b"]),
      // Not so.
      ("a b, c", [nil, "c"]),
      ("a;, c", [nil, "c"]),
      ("a;;b, c", [nil, "c"]),
      ("a;b=, c", [nil, "c"]),
      ("a;b=c d, c", [nil, "c"]),
      ("a;b=\"c\"d, c", [nil, "c"]),
      ("a;b=\"c, d", [nil]),
      ("a;b=\"c\\", [nil]),
      ("a;b=\"\u{1}\", c", [nil, "c"]),
      ("a;b c, c", [nil, "c"]),
      ("a=b, c", [nil, "c"]),
      (";a, c", [nil, "c"]),
      ("=, c", [nil, "c"]),
      ("\"a\", c", [nil, "c"]),
      ("\u{e9}, c", [nil, "c"]),
    ] as [(String, [String?])])
  func listsAreReadElementByElement(text: String, expected: [String?]) {
    #expect(ExtensionElement.list(parsing: text).map { $0?.text } == expected)
  }
}

extension ExtensionElement {
  fileprivate var text: String {
    let parameters = parameters.map { parameter in
      parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name
    }
    return ([name] + parameters).joined(separator: ";")
  }
}
