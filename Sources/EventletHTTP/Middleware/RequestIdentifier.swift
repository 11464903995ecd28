public import HTTPTypes

/// Where ``requestIdentifier(field:acceptsClients:)`` leaves the identifier.
public enum RequestIdentifierKey: RequestValueKey {
  /// The identifier.
  public typealias Value = String
}

extension ServerRequest {
  /// What tells this request from others, for logs; nil without
  /// ``requestIdentifier(field:acceptsClients:)``.
  public var identifier: String? { self[RequestIdentifierKey.self] }
}

/// Middleware that gives each request an identifier, and the answer a field that has it.
///
/// ```swift
/// router.use(requestIdentifier())
/// router.get("/") { request in
///   logger.info("[\(request.identifier ?? "")] hello")
///   return .text("hello")
/// }
/// ```
/// - Parameters:
///   - field: `X-Request-ID` by default.
///   - acceptsClients: Whether one that comes with the request is kept, if it has 1 to 128 letters,
///     digits and `-_.:+/=@~`; true by default. Any other is replaced by 128 random bits.
/// - Returns: the middleware.
public func requestIdentifier(
  field: HTTPField.Name = .requestIdentifier, acceptsClients: Bool = true
) -> Middleware {
  { request, next in
    let sent = acceptsClients ? request[field] : nil
    let identifier = sent.flatMap { isRequestIdentifier($0) ? $0 : nil } ?? RandomWord.make()
    request[RequestIdentifierKey.self] = identifier
    request.beforeResponse { $0[field] = identifier }
    return try next(request)
  }
}

extension HTTPField.Name {
  /// `X-Request-ID`.
  public static var requestIdentifier: HTTPField.Name { known("X-Request-ID") }
}

/// It goes to logs, and to other servers.
private func isRequestIdentifier(_ text: String) -> Bool {
  (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(identifierCharacters.contains)
}

private let identifierCharacters = ASCIISet("-_.:+/=@~", and: .lettersAndDigits)
