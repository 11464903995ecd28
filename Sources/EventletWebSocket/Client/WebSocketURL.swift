internal import EventletNet

/// Where a client connects to: `ws://host:port/path?query`, or `wss:` (RFC 6455, 3).
struct WebSocketURL: Hashable {
  let isSecure: Bool
  let target: HostAndPort
  /// The path and the query.
  let resource: String

  init(parsing text: String) throws(WebSocketConnectError) {
    let reject = { (reason: String) in WebSocketConnectError.invalidURL(text, reason: reason) }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw reject("other characters than visible ASCII must be percent-encoded")
    }
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
      throw reject("write ws://example.org/path")
    }
    switch text[..<colon].lowercased() {
    case "ws": isSecure = false
    case "wss": isSecure = true
    default: throw reject("the scheme must be ws or wss")
    }
    let rest = text[colon...].dropFirst(3)
    guard !rest.contains("#") else { throw reject("a fragment means nothing to a server") }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let authority = String(rest[..<end])
    guard !authority.contains("@") else { throw reject("send credentials as a field") }
    do { target = try HostAndPort(parsing: authority, defaultPort: isSecure ? 443 : 80) } catch {
      throw reject("\(error)")
    }
    let resource = String(rest[end...])
    self.resource = resource.hasPrefix("/") ? resource : "/" + resource
  }

  /// As `Host` has it.
  var authority: String {
    guard target.port == (isSecure ? 443 : 80) else { return "\(target)" }
    return target.host.contains(":") ? "[\(target.host)]" : target.host
  }
}
