internal import EventletCore
internal import HTTPTypes

/// Has requests answered by the handler that is registered for their host.
///
/// ```swift
/// let hosts = HostRouter()
/// hosts.on("example.org", site.handle)
/// hosts.on("*.example.org", customers.handle)
/// try HTTPServer(hosts.handle).serve(on: .ipv4("127.0.0.1", port: 8080))
/// ```
///
/// The host is that of ``ServerRequest/authority``, which a client can choose freely; its port, the
/// case of letters and a dot at its end make no difference. A name comes before a `*.`, and a longer
/// one of those before a shorter. `*.example.org` is any number of labels before it, but not none.
///
/// It belongs to the hub of one OS thread, as the handlers do.
public final class HostRouter {
  private var names: [String: RequestHandler] = [:]
  /// By what follows the asterisk, with its dot.
  private var suffixes: [String: RequestHandler] = [:]

  /// Answers requests to other hosts, and to none: by default with 421 (RFC 9110, 15.5.20).
  public var fallback: RequestHandler = { _ in HTTPError(.misdirectedRequest).response }

  /// Creates a router without hosts.
  public init() {}

  /// Registers who answers for a host.
  /// - Parameters:
  ///   - host: A name, an address (of IPv6 in brackets), or `*.` and a name; without a port. One that
  ///     is malformed, or there already, is a mistake of the program and ends the process.
  ///   - handler: Answers requests.
  public func on(_ host: String, _ handler: @escaping RequestHandler) {
    let isSuffix = host.hasPrefix("*.")
    let name = isSuffix ? String(host.dropFirst(2)) : host
    let isValid = Array(name.utf8).withUnsafeBytes { Authority.isValid($0) }
    require(
      !name.isEmpty && isValid && !name.contains("*") && Self.name(of: name) == name.lowercased(),
      "HostRouter: '\(host)' is no host")
    let key = isSuffix ? "." + name.lowercased() : name.lowercased()
    let known =
      isSuffix
      ? suffixes.updateValue(handler, forKey: key) : names.updateValue(handler, forKey: key)
    require(known == nil, "HostRouter: '\(host)' has a handler already")
  }

  /// Has a request answered.
  /// - Throws: what its handler throws.
  public func handle(_ request: ServerRequest) throws -> ServerResponse {
    try handler(for: request.authority)(request)
  }

  /// As ``handle(_:)``.
  public func callAsFunction(_ request: ServerRequest) throws -> ServerResponse {
    try handle(request)
  }

  private func handler(for authority: String?) -> RequestHandler {
    guard let authority else { return fallback }
    let name = Self.name(of: authority)
    if let handler = names[name] { return handler }
    if suffixes.isEmpty { return fallback }
    // From the longest suffix on; a dot at the beginning has nothing before it.
    var rest = name.dropFirst()
    while let dot = rest.firstIndex(of: ".") {
      if let handler = suffixes[String(rest[dot...])] { return handler }
      rest = rest[rest.index(after: dot)...]
    }
    return fallback
  }

  /// The host of an authority in lower case, without its port and the dot at its end.
  private static func name(of authority: String) -> String {
    var bytes = authority.utf8[...]
    if let colon = bytes.lastIndex(of: ByteClass.colon),
      bytes.first != UInt8(ascii: "[") || bytes[..<colon].last == UInt8(ascii: "]")
    {
      bytes = bytes[..<colon]
    }
    if bytes.count > 1, bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    return String(decoding: bytes.map(ByteClass.lowercased), as: UTF8.self)
  }
}
