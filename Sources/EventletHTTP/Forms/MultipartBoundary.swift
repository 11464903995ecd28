/// What stands between the parts of a body: RFC 2046, section 5.1.1.
struct MultipartBoundary: Hashable, Sendable {
  let text: String

  private static let longest = 70

  /// nil for what can be none.
  ///
  /// The RFC has fewer characters than those that are taken: some clients have used `*****` for
  /// many years. Not the end of a line, on which the search for the delimiter relies.
  init?(_ text: String) {
    let bytes = text.utf8
    guard (1...Self.longest).contains(bytes.count), bytes.last != 0x20,
      bytes.allSatisfy({ (0x20...0x7e).contains($0) })
    else { return nil }
    self.text = text
  }

  /// No content has it in it.
  static func random() -> MultipartBoundary {
    MultipartBoundary(unchecked: "eventlet-" + RandomWord.make())
  }

  private init(unchecked text: String) { self.text = text }

  /// What comes before each part but the first, and the last: the end of the line before it
  /// belongs to it.
  var delimiter: [UInt8] { Array("\r\n--\(text)".utf8) }
}
