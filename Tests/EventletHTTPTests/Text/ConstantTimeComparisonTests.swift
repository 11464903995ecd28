import EventletHTTP
import Testing

@Test(arguments: [
  ("", "", true), ("a", "a", true), ("secret", "secret", true), ("", "a", false), ("a", "", false),
  ("secre", "secret", false), ("secrets", "secret", false), ("Secret", "secret", false),
  ("aa", "a", false), ("a", "aa", false), ("secretsecret", "secret", false),
  // The same text to a reader, but other bytes.
  ("\u{E9}", "e\u{301}", false),
])
func secretsAreComparedWhole(text: String, secret: String, expected: Bool) {
  #expect(isEqualInConstantTime(text, to: secret) == expected)
}
