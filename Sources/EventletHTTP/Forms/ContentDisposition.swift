/// What a part of a form is, or how a response is to be presented: the value of a
/// `Content-Disposition` field, RFC 6266 and RFC 7578, section 4.2.
///
/// ```swift
/// let disposition = ContentDisposition(type: "attachment", filename: "Übersicht.pdf")
/// response.headerFields[.contentDisposition] = disposition?.description
/// ```
public struct ContentDisposition: Hashable, Sendable, CustomStringConvertible {
  /// `form-data`, `attachment` or `inline`, in lower case.
  public let type: String
  /// The parameters in order, without quotes and escapes; their names are in lower case.
  public let parameters: [NamedValue]

  /// The type of each part of a form.
  static let formData = "form-data"

  /// Creates a disposition.
  ///
  /// nil comes of a type that is no word.
  /// - Parameters:
  ///   - type: Such as `attachment`.
  ///   - name: The name of the form's field; none by default.
  ///   - filename: Any text; none by default.
  public init?(type: String, name: String? = nil, filename: String? = nil) {
    guard type.isToken else { return nil }
    self.init(of: type.lowercased(), name: name, filename: filename)
  }

  /// Of a type that is a word in lower case.
  init(of type: String, name: String?, filename: String?) {
    self.type = type
    parameters = [("name", name), ("filename", filename)].compactMap { name, value in
      value.map { NamedValue(name: name, value: $0) }
    }
  }

  /// Reads the value of a `Content-Disposition` field.
  ///
  /// A backslash in quotes stands for itself, unless a quote or a backslash follows: clients send
  /// names of files as they are, and `C:\dir\file` is one. In a form they write `%22`, `%0D` and
  /// `%0A` for quotes and ends of lines, and nothing else so.
  /// - Parameter text: nil comes of anything that is no disposition.
  public init?(parsing text: String) {
    var scanner = FieldScanner(text)
    scanner.skipWhitespace()
    guard let type = scanner.readWord(), let parameters = scanner.readParameters(.escapesQuotes),
      scanner.isAtEnd
    else { return nil }
    self.type = type.lowercased()
    let mayHaveEscapes = self.type == Self.formData && text.utf8.contains(UInt8(ascii: "%"))
    self.parameters = parameters.map { parameter in
      guard mayHaveEscapes, !parameter.name.hasSuffix("*") else { return parameter }
      return NamedValue(name: parameter.name, value: Self.unescape(parameter.value))
    }
  }

  private func value(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// The name of the form's field; nil if there is none.
  public var name: String? { value("name") }

  /// The name of the file as the other end says it; nil if there is none.
  ///
  /// Perhaps with a path, or dangerous in another way: see ``safeFilename``.
  /// `filename*` (RFC 8187) goes before `filename`, as RFC 6266, section 4.3 has it.
  public var filename: String? {
    value("filename*").flatMap(ExtendedValue.decode) ?? value("filename")
  }

  /// As in a `Content-Disposition` field.
  ///
  /// What cannot stand there is percent-encoded in a form, as clients do it. Other types get a name
  /// of ASCII, and `filename*` besides if that is another.
  public var description: String {
    parameters.reduce(into: type) { text, parameter in
      if type == Self.formData {
        text += "; \(parameter.name)=\"\(Self.escape(parameter.value))\""
        return
      }
      let isExtended = parameter.name.hasSuffix("*")
      let plain = isExtended ? parameter.value : Self.plain(parameter.value)
      text += "; \(parameter.name)=\(plain.asParameterValue)"
      let hasExtended = parameters.contains { $0.name == parameter.name + "*" }
      if plain != parameter.value, !hasExtended {
        text += "; \(parameter.name)*=\(ExtendedValue.encode(parameter.value))"
      }
    }
  }

  /// The Fetch Standard's "multipart/form-data parser" does so with the names.
  private static func unescape(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var unescaped: [UInt8] = []
    var position = 0
    while position < bytes.count {
      let escape = bytes[position...].prefix(3).map(ByteClass.lowercased)
      if let byte = escapes[escape] {
        unescaped.append(byte)
        position += 3
      } else {
        unescaped.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: unescaped, as: UTF8.self)
  }

  private static let escapes: [[UInt8]: UInt8] = [
    Array("%22".utf8): 0x22, Array("%0d".utf8): 0x0d, Array("%0a".utf8): 0x0a,
  ]

  /// The HTML Standard's "multipart/form-data encoding algorithm" does so with quotes and the ends
  /// of lines, and no other control character can stand in a field.
  private static func escape(_ text: String) -> String {
    var escaped: [UInt8] = []
    for byte in text.utf8 {
      if byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\"") {
        escaped += Array(PercentCoding.encode([byte], for: .anywhere).utf8)
      } else {
        escaped.append(byte)
      }
    }
    return String(decoding: escaped, as: UTF8.self)
  }

  /// What is no visible ASCII, and what clients take for an escape, becomes an underscore:
  /// RFC 6266, appendix D.
  private static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          let isPlain = (0x20...0x7e).contains(scalar.value)
          return isPlain && scalar != "\"" && scalar != "\\" && scalar != "%" ? scalar : "_"
        }))
  }
}
