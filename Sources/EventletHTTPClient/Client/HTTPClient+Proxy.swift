internal import EventletNet
internal import Glibc

extension HTTPClient {
  /// By way of whom servers are reached.
  ///
  /// A proxy is asked to forward what is without TLS, and for a tunnel (CONNECT) to what is with it. One
  /// that is reached by `https:` itself must show a certificate that the system's authorities have signed,
  /// whatever ``HTTPClient/TLS`` says of servers. One of `socks5:` is told the addresses of servers, which the
  /// client's resolver looks up, and one of `socks5h:` their names.
  ///
  /// In Python: `ProxyHandler`, the `proxies` of requests.
  public enum Proxy: Hashable, Sendable {
    /// What the variables `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say when the client is
    /// made. In capitals too, but for `HTTP_PROXY`: a CGI program is given that by the client.
    case environment
    /// Directly.
    case none
    /// By that one, `http://name:password@host:port`; `https:`, `socks5:` and `socks5h:` may do too.
    ///
    /// - `except`: Hosts that are reached directly: names with all below them, addresses, both with a port
    ///   if only that is meant, as `example.org:8080` and `[::1]:8080`; networks as `10.0.0.0/8`, or `*`.
    case url(String, except: [String] = [])
  }
}

/// Who is reached by way of which proxy.
struct ProxyTable {
  private var insecure = ProxyLocation.none
  private var secure = ProxyLocation.none
  private var exceptions: [String] = []

  init(_ proxy: HTTPClient.Proxy) {
    switch proxy {
    case .none: break
    case .url(let url, let except):
      insecure = ProxyLocation(url)
      secure = insecure
      exceptions = except
    case .environment:
      let all = Self.variable("all_proxy", "ALL_PROXY") ?? ""
      insecure = ProxyLocation(Self.variable("http_proxy") ?? all)
      secure = ProxyLocation(Self.variable("https_proxy", "HTTPS_PROXY") ?? all)
      let list = Self.variable("no_proxy", "NO_PROXY") ?? ""
      exceptions = list.split { $0 == "," || $0 == " " }.map(String.init)
    }
  }

  private static func variable(_ names: String...) -> String? {
    names.lazy.compactMap { getenv($0) }.first { $0.pointee != 0 }.map { String(cString: $0) }
  }

  /// The proxy for a URL.
  func proxy(for url: HTTPLocation) -> ProxyLocation {
    let proxy = url.isSecure ? secure : insecure
    if proxy.isNone || exceptions.contains(where: { covers($0, url) }) { return .none }
    return proxy
  }

  private func covers(_ exception: String, _ url: HTTPLocation) -> Bool {
    var host = exception[...]
    // Of several colons without brackets, none is before a port.
    if let colon = host.lastIndex(of: ":"),
      host.hasPrefix("[") ? host[..<colon].hasSuffix("]") : host.firstIndex(of: ":") == colon
    {
      guard UInt16(host[host.index(after: colon)...]) == url.port else { return false }
      host = host[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return covers(String(host), url.host)
  }

  private func covers(_ exception: String, _ host: String) -> Bool {
    if exception == "*" { return true }
    if let address = IPAddress(parsing: host) { return covers(exception, address) }
    var name = exception.lowercased()[...]
    while name.hasPrefix(".") { name = name.dropFirst() }
    let host = host.lowercased()
    return !name.isEmpty && (host == name || host.hasSuffix("." + name))
  }

  private func covers(_ exception: String, _ address: IPAddress) -> Bool {
    let parts = exception.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, let network = IPAddress(parsing: String(first)),
      network.family == address.family
    else { return false }
    guard parts.count > 1 else { return network == address }
    let bytes = zip(network.bytes, address.bytes)
    guard let length = Int(parts[1]), (0...network.bytes.count * 8).contains(length) else {
      return false
    }
    return bytes.enumerated().allSatisfy { index, pair in
      let bits = min(8, max(0, length - index * 8))
      return (pair.0 ^ pair.1) >> UInt8(8 - bits) == 0 || bits == 0
    }
  }
}
