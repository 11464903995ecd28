/// A name for one state of a representation: the value of an `ETag` field (RFC 9110, section 8.8.3).
///
/// ```swift
/// let tag: EntityTag = "v42"
/// print(tag)   // "v42", in quotation marks
/// if let theirs = EntityTag(parsing: value), tag.matchesStrongly(theirs) { print("the same") }
/// ```
///
/// A strong one changes with every byte; a weak one may stay when a change means nothing.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  /// What stands between the quotation marks.
  public let opaqueTag: String
  /// Whether it is preceded by `W/`.
  public let isWeak: Bool

  /// Creates a tag.
  /// - Parameters:
  ///   - opaqueTag: Anything without spaces, quotation marks and control characters; nil comes of
  ///     other text. It may be empty.
  ///   - isWeak: False by default.
  public init?(_ opaqueTag: String, isWeak: Bool = false) {
    guard opaqueTag.utf8.allSatisfy(Self.mayContain) else { return nil }
    self.opaqueTag = opaqueTag
    self.isWeak = isWeak
  }

  /// Reads `"v42"` or `W/"v42"`, and nothing around it.
  /// - Parameter text: nil comes of anything else.
  public init?(parsing text: String) {
    var rest = text[...].utf8
    guard let tag = EntityTag(scanning: &rest), rest.isEmpty else { return nil }
    self = tag
  }

  /// Takes a tag off the beginning.
  private init?(scanning rest: inout Substring.UTF8View) {
    // W is upper case: the grammar says so in particular.
    isWeak = rest.starts(with: "W/".utf8)
    if isWeak { rest.removeFirst(2) }
    guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
    // A backslash is a character like others: the one quotation of HTTP without escapes.
    let tag = rest.prefix(while: Self.mayContain)
    rest = rest[tag.endIndex...]
    guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
    opaqueTag = String(Substring(tag))
  }

  private static func mayContain(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte != UInt8(ascii: "\"") && byte != 0x7f
  }

  /// Reads a list of tags; nil comes of anything else, and of an empty list.
  static func list(parsing text: String) -> [EntityTag]? {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var tags: [EntityTag] = []
    var rest = text[...].utf8.drop(while: isBlank)
    while !rest.isEmpty {
      // Recipients put up with empty elements (RFC 9110, section 5.6.1.2).
      if rest.first != UInt8(ascii: ",") {
        guard let tag = EntityTag(scanning: &rest) else { return nil }
        tags.append(tag)
        rest = rest.drop(while: isBlank)
        guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
      }
      rest = rest.dropFirst().drop(while: isBlank)
    }
    return tags.isEmpty ? nil : tags
  }

  /// Whether both are strong and the same: for what has to be the same byte for byte.
  public func matchesStrongly(_ other: EntityTag) -> Bool {
    !isWeak && !other.isWeak && opaqueTag == other.opaqueTag
  }

  /// Whether both are the same, weak or not: for what may be shown instead.
  public func matchesWeakly(_ other: EntityTag) -> Bool { opaqueTag == other.opaqueTag }

  /// As in an `ETag` field.
  public var description: String { (isWeak ? "W/" : "") + "\"\(opaqueTag)\"" }
}

extension EntityTag: ExpressibleByStringLiteral {
  /// A strong tag that stands in the program, without its quotation marks.
  ///
  /// Traps when it is none; use ``init(_:isWeak:)`` for text from outside.
  public init(stringLiteral text: String) {
    guard let tag = EntityTag(text) else { fatalError("'\(text)' is no entity tag") }
    self = tag
  }
}
