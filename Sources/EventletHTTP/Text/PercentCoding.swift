/// Percent-encoding: how a URL holds bytes that it may not hold, RFC 3986, section 2.1.
///
/// ```swift
/// let url = "/search/" + "50 % off".percentEncoded(for: .pathSegment)  // /search/50%20%25%20off
/// let term = "50%20%25%20off".percentDecoded()
/// ```
///
/// A URL holds bytes, and text in it is UTF-8 by custom only: ``decode(_:plusIsSpace:)`` gives the
/// bytes themselves, the calls on strings put U+FFFD for what is no UTF-8 or refuse it.
///
/// In Python: `urllib.parse.quote` and `unquote`.
public enum PercentCoding {
  /// Where the text is to stand, and so what must be encoded.
  public enum Place: Hashable, Sendable {
    /// Anywhere: only letters, digits and `-._~` stay.
    case anywhere
    /// Between two slashes of a path.
    case pathSegment
    /// Behind the question mark of a URL, as a whole: `&`, `=` and `+` stay.
    case query
    /// A name or value of a form or of a query, `application/x-www-form-urlencoded`: a space
    /// becomes `+`.
    case form
    /// The value of an extended parameter of a field, such as `filename*`: RFC 8187,
    /// section 3.2.1.
    case extendedParameter

    /// What stays as it is.
    var kept: ASCIISet {
      switch self {
      case .anywhere: Self.unreserved
      case .pathSegment: Self.segment
      case .query: Self.wholeQuery
      case .form: Self.formValue
      case .extendedParameter: Self.parameterValue
      }
    }

    // RFC 3986, sections 2.3, 3.3 and 3.4.
    private static let unreserved = ASCIISet("-._~", and: .lettersAndDigits)
    private static let segment = ASCIISet("!$&'()*+,;=:@", and: unreserved)
    private static let wholeQuery = ASCIISet("/?", and: segment)
    // The URL Standard, "application/x-www-form-urlencoded percent-encode set".
    private static let formValue = ASCIISet("*-._", and: .lettersAndDigits)
    private static let parameterValue = ASCIISet("!#$&+-.^_`|~", and: .lettersAndDigits)
  }

  /// Encodes bytes.
  /// - Parameters:
  ///   - bytes: May be anything.
  ///   - place: Where the result is to stand.
  /// - Returns: ASCII.
  public static func encode(_ bytes: [UInt8], for place: Place) -> String {
    let kept = place.kept
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    for byte in bytes {
      if kept.contains(byte) {
        output.append(byte)
      } else if place == .form, byte == UInt8(ascii: " ") {
        output.append(UInt8(ascii: "+"))
      } else {
        output.append(UInt8(ascii: "%"))
        output.append(hexadecimal: byte, letter: "A")
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Decodes leniently: a `%` without two hexadecimal digits behind it stands for itself.
  ///
  /// What is already decoded may not be decoded again.
  /// - Parameters:
  ///   - text: Part of a URL or form.
  ///   - plusIsSpace: Whether `+` stands for a space, as it does in forms and in queries that
  ///     come of them; false by default.
  /// - Returns: the bytes.
  @inlinable
  public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> [UInt8] {
    var text = String(text)
    return text.withUTF8 { decode($0, plusIsSpace: plusIsSpace) }
  }

  @usableFromInline
  static func decode(_ text: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte == UInt8(ascii: "%"), let value = value(at: position, of: text) {
        output.append(value)
        position += 3
      } else {
        output.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        position += 1
      }
    }
    return output
  }

  /// What a `%` and two digits stand for; nil if it has no digits.
  private static func value(at position: Int, of text: UnsafeBufferPointer<UInt8>) -> UInt8? {
    guard position + 2 < text.count, let high = ByteClass.hexadecimalValue(text[position + 1]),
      let low = ByteClass.hexadecimalValue(text[position + 2])
    else { return nil }
    return UInt8(high << 4 | low)
  }

  /// Decodes strictly.
  /// - Parameters:
  ///   - text: Part of a URL or form.
  ///   - plusIsSpace: Whether `+` stands for a space; false by default.
  /// - Returns: the bytes.
  /// - Throws: ``PercentCodingError/malformed(offset:)`` for a `%` without two hexadecimal digits
  ///   behind it.
  @inlinable
  public static func decodeStrictly(
    _ text: some StringProtocol, plusIsSpace: Bool = false
  ) throws(PercentCodingError) -> [UInt8] {
    try decodeStrictly(String(text), plusIsSpace)
  }

  @usableFromInline
  static func decodeStrictly(
    _ text: String, _ plusIsSpace: Bool
  ) throws(PercentCodingError) -> [UInt8] {
    var text = text
    let malformed = text.withUTF8 { bytes in
      bytes.indices.first { bytes[$0] == UInt8(ascii: "%") && value(at: $0, of: bytes) == nil }
    }
    if let malformed { throw .malformed(offset: malformed) }
    return decode(text, plusIsSpace: plusIsSpace)
  }

  @usableFromInline
  static func decodeText(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    return String(decoding: decode(text), as: UTF8.self)
  }

  @usableFromInline
  static func decodeTextStrictly(_ text: String) throws(PercentCodingError) -> String {
    let bytes = try decodeStrictly(text)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    return text
  }
}

// Inlined, for strings and parts of strings go through unspecialised code otherwise, and paths of
// requests through this.
extension StringProtocol {
  /// Encodes the bytes of UTF-8 that a URL may not hold there.
  /// - Parameter place: Where the result is to stand.
  /// - Returns: ASCII.
  ///
  /// In Python: `urllib.parse.quote`, and `quote_plus` for forms.
  @inlinable
  public func percentEncoded(for place: PercentCoding.Place) -> String {
    PercentCoding.encode(Array(utf8), for: place)
  }

  /// Decodes leniently.
  ///
  /// A `%` without two hexadecimal digits behind it stands for itself, and U+FFFD for bytes that
  /// are no UTF-8: see ``PercentCoding/decode(_:plusIsSpace:)`` for those.
  /// - Returns: the text.
  ///
  /// In Python: `urllib.parse.unquote`.
  @inlinable
  public func percentDecoded() -> String { PercentCoding.decodeText(String(self)) }

  /// Decodes strictly.
  /// - Returns: the text.
  /// - Throws: ``PercentCodingError`` for a `%` without two hexadecimal digits behind it, and for
  ///   bytes that are no UTF-8.
  @inlinable
  public func percentDecodedStrictly() throws(PercentCodingError) -> String {
    try PercentCoding.decodeTextStrictly(String(self))
  }
}
