internal import HTTPTypes

/// What a client shows to be let in: the value of an `Authorization` (RFC 9110, 11.4).
///
/// ```swift
/// guard let credentials = request.credentials, credentials.scheme == "bearer",
///   let user = credentials.token.flatMap(sessions.user)
/// else { throw HTTPError(.unauthorized, headerFields: [.wwwAuthenticate: "Bearer"]) }
/// ```
///
/// Whether they are good is another question.
public struct Credentials: Hashable, Sendable {
  /// The scheme in lower case: `basic`, `bearer`, `digest`.
  public let scheme: String
  /// The one word that follows, in schemes that have such; nil if there are parameters, or nothing.
  public let token: String?
  /// The parameters in order, in schemes that have such; their names are in lower case.
  public let parameters: [NamedValue]

  /// Reads the value of an `Authorization` or `Proxy-Authorization`.
  /// - Parameter text: nil comes of anything that is neither a word, nor a word and another, nor a
  ///   word and parameters.
  public init?(parsing text: String) {
    var scanner = FieldScanner(text)
    guard let scheme = scanner.readWord() else { return nil }
    self.scheme = scheme.lowercased()
    scanner.skipWhitespace()
    var words = scanner
    if scanner.isAtEnd {
      token = nil
      parameters = []
    } else if let word = words.readToken68(), words.isAtEnd {
      token = word
      parameters = []
    } else if let parameters = scanner.readListedParameters(), scanner.isAtEnd {
      token = nil
      self.parameters = parameters
    } else {
      return nil
    }
  }

  /// The value of a parameter in whatever case its name is written; the first one's, if it comes more
  /// than once; nil if there is none.
  public subscript(parameter: String) -> String? {
    parameters.first { $0.name.equalsIgnoringASCIICase(parameter) }?.value
  }

  /// The name and password of the scheme `basic` (RFC 7617); nil if it is another, or malformed.
  public var userAndPassword: (user: String, password: String)? {
    guard scheme == "basic", let token, let bytes = Base64.decode(token.utf8),
      let pair = String(validating: bytes, as: UTF8.self)?.utf8,
      let colon = pair.firstIndex(of: ByteClass.colon),
      !pair.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else { return nil }
    return (String(pair[..<colon]) ?? "", String(pair[pair.index(after: colon)...]) ?? "")
  }
}

extension ServerRequest {
  /// What the client shows in `Authorization`; nil if there is none, or it is malformed.
  ///
  /// In Python: `HTTP_AUTHORIZATION`.
  public var credentials: Credentials? {
    self[.authorization].flatMap { Credentials(parsing: $0) }
  }
}

extension FieldScanner {
  /// What may be Base64, in either alphabet; nil if none comes next.
  fileprivate mutating func readToken68() -> String? {
    guard var word = readWord(of: ASCIISet.token68.contains) else { return nil }
    while take("=") { word += "=" }
    return word
  }

  /// Parameters with commas between them, up to the end; nil if something else is there.
  fileprivate mutating func readListedParameters() -> [NamedValue]? {
    var parameters: [NamedValue] = []
    while true {
      skipWhitespace()
      if take(",") { continue }
      if isAtEnd { return parameters }
      guard let name = readWord() else { return nil }
      skipWhitespace()
      guard take("=") else { return nil }
      skipWhitespace()
      guard let value = take("\"") ? readQuoted() : readWord() else { return nil }
      parameters.append(NamedValue(name: name.lowercased(), value: value))
      skipWhitespace()
      guard isAtEnd || take(",") else { return nil }
    }
  }
}

extension ASCIISet {
  /// RFC 9110, 11.2.
  fileprivate static let token68 = ASCIISet("-._~+/", and: lettersAndDigits)
}
