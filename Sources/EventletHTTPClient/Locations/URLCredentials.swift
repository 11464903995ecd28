/// Names and passwords in what is a URL, or was meant to be one.
enum URLCredentials {
  /// The text without them, as messages show it.
  static func removed(from text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    let start = authorityStart(in: text)
    let end = text[start...].firstIndex { "/?#".contains($0) } ?? text.endIndex
    let authority = text[start..<end]
    // A slash that should have been percent-encoded ends nothing: what is behind the colon is no port.
    let isCutShort = !authority.contains("@") && hasPassword(authority)
    let whole = isCutShort ? text[start...] : authority
    guard let at = whole.lastIndex(of: "@") else { return text }
    return String(text[..<start] + text[text.index(after: at)...])
  }

  private static func hasPassword(_ authority: Substring) -> Bool {
    guard !authority.hasSuffix("]"), let colon = authority.lastIndex(of: ":") else { return false }
    return !authority[authority.index(after: colon)...].utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
  }

  private static func authorityStart(in text: String) -> String.Index {
    var start = text.startIndex
    while start < text.endIndex {
      let rest = text[start...]
      if rest.hasPrefix("://") { return text.index(start, offsetBy: 3) }
      start = text.index(after: start)
    }
    return text.hasPrefix("//") ? text.index(text.startIndex, offsetBy: 2) : text.startIndex
  }
}
