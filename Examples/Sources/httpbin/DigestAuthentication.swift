import EventletHTTP
import EventletJSON
import HTTPTypes

/// `/digest-auth/{qop}/{user}/{passwd}`, perhaps with an algorithm, and when a nonce is stale.
///
/// Cookies carry from one request to the next what a real site would keep itself.
func addDigestAuthentication(to routes: some RoutesBuilder) {
  let path = "/digest-auth/{qop}/{user}/{passwd}"
  for pattern in [path, path + "/{algorithm}", path + "/{algorithm}/{stale_after}"] {
    routes.get(pattern) { try DigestExchange($0).answer() }
  }
}

/// One request, and what the path wants of it.
private final class DigestExchange {
  private static let realm = "httpbin"

  private let request: ServerRequest
  private let cookies: Cookies
  private let algorithm: DigestAlgorithm
  /// nil is either.
  private let quality: String?
  private let user: String
  private let password: String
  private let staleAfter: String
  private let wantsCookies: Bool

  init(_ request: ServerRequest) throws {
    let parameters = request.parameters
    self.request = request
    cookies = request.cookies
    algorithm = parameters["algorithm"].flatMap(DigestAlgorithm.init) ?? .md5
    quality = parameters["qop"].flatMap { ["auth", "auth-int"].contains($0) ? $0 : nil }
    user = try parameters.require("user")
    password = try parameters.require("passwd")
    staleAfter = parameters["stale_after"] ?? "never"
    let wish = try request.queryParameters["require-cookie"]?.lowercased() ?? ""
    wantsCookies = ["1", "t", "true"].contains(wish)
  }

  func answer() throws -> ServerResponse {
    guard let credentials = request.credentials, credentials.scheme == "digest",
      !wantsCookies || !cookies.isEmpty
    else { return try challenge(isStale: false, after: nil) }
    if wantsCookies, cookies["fake"] != "fake_value" {
      let response = try ServerResponse.report(
        ["errors": ["missing cookie set on challenge"]], status: .forbidden)
      return try response.giving(["fake": "fake_value"])
    }
    let nonce = credentials["nonce"] ?? ""
    if cookies["stale_after"] == "0" || cookies["last_nonce"] == nonce {
      return try challenge(isStale: true, after: nonce)
    }
    guard try isRight(credentials) else { return try challenge(isStale: false, after: nonce) }
    let left = cookies["stale_after"].map { Int($0).map { "\(max(0, $0) - 1)" } ?? "never" }
    return try welcome(user: user).giving(["fake": "fake_value", "stale_after": left])
  }

  private func isRight(_ credentials: Credentials) throws -> Bool {
    guard credentials["username"] == user, credentials["realm"] == Self.realm,
      let uri = credentials["uri"], uri == request.target, let nonce = credentials["nonce"],
      let shown = credentials["response"]
    else { return false }
    var protection: DigestResponse.Protection?
    if let quality = credentials["qop"] {
      guard let count = credentials["nc"], let clientNonce = credentials["cnonce"],
        quality == self.quality || self.quality == nil
      else { return false }
      protection = .init(quality: quality, count: count, clientNonce: clientNonce)
    }
    let response = DigestResponse(
      algorithm: algorithm, realm: Self.realm, method: request.method.rawValue, uri: uri,
      nonce: nonce, protection: protection)
    let body = protection?.quality == "auth-int" ? try request.body.readAll() : []
    return isEqualInConstantTime(
      shown, to: response.value(user: user, password: password, body: body))
  }

  /// The question for a password.
  private func challenge(isStale: Bool, after nonce: String?) throws -> ServerResponse {
    let parameters = [
      "realm=\"\(Self.realm)\"", "nonce=\"\(randomWord())\"",
      "qop=\"\(quality ?? "auth, auth-int")\"", "opaque=\"\(randomWord())\"",
      "algorithm=\(algorithm.rawValue)", "stale=\(isStale ? "TRUE" : "FALSE")",
    ]
    let value = "Digest " + parameters.joined(separator: ", ")
    return try ServerResponse(status: .unauthorized, headerFields: [.wwwAuthenticate: value])
      .giving(["stale_after": staleAfter, "last_nonce": nonce, "fake": "fake_value"])
  }

  private func randomWord() -> String { algorithm.hash((0..<16).map { _ in .random(in: 0...255) }) }
}

extension ServerResponse {
  /// With cookies; those without a value are left out.
  fileprivate func giving(_ cookies: KeyValuePairs<String, String?>) throws -> ServerResponse {
    var response = self
    for case (let name, let value?) in cookies {
      response.headerFields.append(try cookie(name, value).field)
    }
    return response
  }
}
