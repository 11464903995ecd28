/// A list of words, as the values of `Connection` and `Vary` are: RFC 9110, section 5.6.1.
///
/// Empty elements count for nothing, as the RFC demands. Parameters are passed over, and what is no
/// word is left out. Lists with weights are of ``WeightedElement``.
package struct TokenList {
  /// The words as they came, in order.
  package let words: [String]

  package init(parsing text: String) {
    var words: [String] = []
    var scanner = FieldScanner(text)
    while true {
      scanner.skipWhitespace()
      if scanner.take(",") { continue }
      if scanner.isAtEnd { break }
      let start = scanner.position
      if let word = scanner.readWord(), scanner.readParameters() != nil,
        scanner.take(",") || scanner.isAtEnd
      {
        words.append(word)
      } else {
        scanner.skipElement(from: start)
      }
    }
    self.words = words
  }

  /// Whether a word is in the list, in whatever case.
  package func contains(_ word: String) -> Bool {
    words.contains { $0.equalsIgnoringASCIICase(word) }
  }
}
