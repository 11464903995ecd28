/// A name that may be asked for: checked, in lower case, and in ASCII.
///
/// ```swift
/// print(try HostName("Bücher.example"))   // xn--bcher-kva.example
/// ```
///
/// International names are encoded as RFC 5890 says: in lower case, then Punycode. Their letters
/// must be composed (normal form C), as keyboards make them.
public struct HostName: Hashable, Sendable, CustomStringConvertible {
  /// The name in ASCII, without the dot that may end it.
  public let text: String
  /// Whether a dot ends the name, so that it is complete and no search list applies.
  public let isAbsolute: Bool

  /// Checks a name, and encodes it.
  ///
  /// Takes what the domain name system can carry and a hosts file can hold: labels of 1 to 63
  /// bytes, 253 in all, of any characters but blanks, controls and those that set an address apart
  /// (`:`, `%`, `[`, `]`, `/`). An underscore is as good as a hyphen.
  /// - Throws: ``NameError`` with ``NameError/Reason/invalidName(_:)``.
  public init(_ name: String) throws(NameError) {
    var rest = name[...]
    isAbsolute = rest.hasSuffix(".")
    if isAbsolute { rest.removeLast() }
    var labels: [String] = []
    // The other dots are those of RFC 3490, section 3.1, which input methods make.
    for label in rest.split(
      omittingEmptySubsequences: false, whereSeparator: { ".。．｡".contains($0) })
    {
      labels.append(try Self.encode(label, of: name))
    }
    text = labels.joined(separator: ".")
    if text.utf8.count > 253 { throw NameError(name, .invalidName("longer than 253 bytes")) }
  }

  private static func encode(_ label: Substring, of name: String) throws(NameError) -> String {
    guard label.unicodeScalars.allSatisfy(isAllowed) else {
      throw NameError(name, .invalidName("neither a name nor an IP address"))
    }
    var text = label.lowercased()
    if !text.utf8.allSatisfy({ $0 < 128 }) {
      guard let encoded = Punycode.encode(Array(text.unicodeScalars)) else {
        throw NameError(name, .invalidName("a label is longer than 63 bytes"))
      }
      text = "xn--\(encoded)"
    }
    if text.isEmpty { throw NameError(name, .invalidName("a label is empty")) }
    if text.utf8.count > 63 {
      throw NameError(name, .invalidName("a label is longer than 63 bytes"))
    }
    return text
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value <= 0x20 || (0x7f...0xa0).contains(scalar.value) { return false }
    return !":%[]/\\\"".unicodeScalars.contains(scalar) && !scalar.properties.isWhitespace
  }

  /// The name as a program gives it: with the dot that ends it, if there was one.
  public var description: String { isAbsolute ? "\(text)." : text }
}
