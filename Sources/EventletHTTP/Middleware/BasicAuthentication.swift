internal import EventletCore
internal import HTTPTypes

/// Where ``basicAuthentication(realm:check:)`` leaves the name of the user.
public enum AuthenticatedUserKey: RequestValueKey {
  /// The name.
  public typealias Value = String
}

extension ServerRequest {
  /// The name of the user who has shown to be that one; nil if nobody has asked.
  ///
  /// In Python: `REMOTE_USER`.
  public var authenticatedUser: String? { self[AuthenticatedUserKey.self] }
}

/// Middleware that lets those pass who have a name and password (RFC 7617), and answers others with
/// 401.
///
/// ```swift
/// let asking = basicAuthentication(realm: "admin", check: users.check)
/// router.group("/admin", middleware: [asking]) { admin in
///   admin.get("/") { request in .text("hello \(request.authenticatedUser ?? "")") }
/// }
/// ```
///
/// Name and password are as good as in clear text: for connections with TLS.
/// - Parameters:
///   - realm: What the client shows to its user; of printable ASCII.
///   - check: Whether the name and password are good. It may wait. Compare with
///     ``isEqualInConstantTime(_:to:)``. What it throws is answered for the handler.
/// - Returns: the middleware.
public func basicAuthentication(
  realm: String, check: @escaping (_ user: String, _ password: String) throws -> Bool
) -> Middleware {
  require(
    realm.utf8.allSatisfy { (0x20...0x7E).contains($0) },
    "basicAuthentication: the realm '\(realm)' is not of printable ASCII")
  let quoted = realm.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
  let refusal = HTTPError(
    .unauthorized, headerFields: [.wwwAuthenticate: "Basic realm=\"\(quoted)\", charset=\"UTF-8\""])
  return { request, next in
    guard let (user, password) = request.credentials?.userAndPassword, try check(user, password)
    else { return refusal.response }
    request[AuthenticatedUserKey.self] = user
    return try next(request)
  }
}
