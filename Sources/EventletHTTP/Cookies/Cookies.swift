public import HTTPTypes

/// The cookies that a client sent with a request, RFC 6265, section 5.4.
///
/// ```swift
/// let session = Cookies(in: request.headerFields)["session"]
/// ```
///
/// They are what the client says: anybody can send any cookie, and a cookie that another site of
/// the same domain set comes under the same name, so that a name may come more than once.
/// ``SetCookie`` makes them.
///
/// In Python: `http.cookies.SimpleCookie.load`.
public struct Cookies: NamedValueList {
  /// All cookies in the order they came in.
  public private(set) var pairs: [NamedValue] = []

  /// Reads all `Cookie` fields.
  ///
  /// Leniently: what is no pair of a name and a value is left out, and the rest is still there. A
  /// value in quotes comes without them, otherwise nothing is decoded.
  public init(in fields: HTTPFields) {
    for field in fields where field.name == .cookie { append(field.value) }
  }

  /// Reads the value of one `Cookie` field.
  public init(parsing text: String) { append(text) }

  private mutating func append(_ text: String) {
    var rest = text[...].utf8
    while !rest.isEmpty {
      let pair = rest.prefix { $0 != UInt8(ascii: ";") }
      rest = rest[pair.endIndex...].dropFirst()
      guard let sign = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = pair[..<sign].withoutSurroundingBlanks
      guard !name.isEmpty else { continue }
      var value = pair[sign...].dropFirst().withoutSurroundingBlanks
      if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
        value = value.dropFirst().dropLast()
      }
      pairs.append(NamedValue(name: String(Substring(name)), value: String(Substring(value))))
    }
  }
}
