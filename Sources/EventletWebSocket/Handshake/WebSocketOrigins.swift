public import EventletHTTP
internal import HTTPTypes

/// Pages of which sites may connect.
///
/// A browser lets any page connect anywhere, with the user's cookies, and says in `Origin` which page it
/// is: whoever trusts cookies must look at it (RFC 6455, 10.2). Other clients send what they like, or
/// nothing.
///
/// ```swift
/// router.webSocket("/feed", origins: .only(["https://example.org"])) { socket, request in … }
/// ```
///
/// In Python: `origin_checker`.
public enum WebSocketOrigins {
  /// Those of the host and port that the client has connected to by its own account; and clients that
  /// say nothing.
  case sameHost
  /// All.
  case any
  /// Those of these sites, as `https://example.org` or `http://localhost:8080`; and clients that say
  /// nothing.
  case only([String])
  /// Those for which the function says so; given nil if the client says nothing. May wait.
  case matching((_ origin: String?, _ request: ServerRequest) throws -> Bool)

  func allows(_ request: ServerRequest) throws -> Bool {
    // Version 8, a draft, has another name for it.
    let origin =
      request[.origin] ?? (request[.webSocketVersion] == "8" ? request[.webSocketOrigin] : nil)
    if case .matching(let isAllowed) = self { return try isAllowed(origin, request) }
    guard let origin else { return true }
    switch self {
    case .any, .matching: return true
    case .only(let sites):
      let origin = Self.normalized(origin)
      return sites.contains { Self.normalized($0) == origin }
    case .sameHost:
      guard let (scheme, host) = Self.split(origin), let authority = request.authority else {
        return false
      }
      return Self.normalized(scheme + "://" + authority) == Self.normalized(scheme + "://" + host)
    }
  }

  private static func split(_ origin: String) -> (scheme: String, host: String)? {
    guard let colon = origin.firstIndex(of: ":") else { return nil }
    let rest = origin[colon...]
    guard rest.hasPrefix("://") else { return nil }
    return (String(origin[..<colon]), String(rest.dropFirst(3)))
  }

  /// Without differences that make none: case, and the port that the scheme has anyway.
  private static func normalized(_ origin: String) -> String {
    var text = origin.lowercased()
    for (scheme, port) in [("http:", ":80"), ("https:", ":443")]
    where text.hasPrefix(scheme) && text.hasSuffix(port) {
      text.removeLast(port.count)
    }
    return text
  }
}
