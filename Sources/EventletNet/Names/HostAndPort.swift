/// A host, by name or address, and a port: where to connect to.
///
/// ```swift
/// let target = try HostAndPort(parsing: "example.org:443")
/// let socket = try GreenSocket.connect(to: target, timeout: .seconds(10))
/// ```
///
/// Nothing is looked up here, see ``GreenSocket/connect(to:from:resolver:attemptDelay:timeout:)``.
public struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address, without brackets.
  public let host: String
  /// The port.
  public let port: UInt16

  /// Creates it from its parts.
  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `example.org:80`, `127.0.0.1:80`, `[::1]:80`, or one of these without its port.
  /// - Parameters:
  ///   - text: An IPv6 address needs its brackets, since its end could be a port.
  ///   - defaultPort: The port of text that has none; nil, the default, refuses such.
  /// - Throws: ``HostAndPortError``.
  public init(
    parsing text: String, defaultPort: UInt16? = nil
  ) throws(HostAndPortError) {
    let host: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw .invalidHost(text) }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
      guard IPAddress(parsing: String(host))?.family == .ipv6 else { throw .invalidHost(text) }
    } else {
      host = text.prefix { $0 != ":" }
      rest = text[host.endIndex...]
      guard !rest.dropFirst().contains(":"),
        IPAddress(parsing: String(host)) != nil || Self.isName(host)
      else { throw .invalidHost(text) }
    }
    self.host = String(host)
    if rest.isEmpty {
      guard let defaultPort else { throw .missingPort(text) }
      port = defaultPort
      return
    }
    // Digits alone: the standard library takes a sign too.
    let digits = rest.dropFirst()
    guard rest.hasPrefix(":"),
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let port = UInt16(digits)
    else { throw .invalidPort(text) }
    self.port = port
  }

  private static func isName(_ host: Substring) -> Bool { (try? HostName(String(host))) != nil }

  /// The form that ``init(parsing:defaultPort:)`` reads.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Text that is no host and port.
public enum HostAndPortError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no `:port`, and no default.
  case missingPort(String)
  /// What follows the host is no port.
  case invalidPort(String)
  /// There is no host, or it is none.
  case invalidHost(String)

  /// What is wrong with the text.
  public var description: String {
    switch self {
    case .missingPort(let text): "'\(text)': no port; write HOST:PORT"
    case .invalidPort(let text): "'\(text)': the port must be 0 to 65535"
    case .invalidHost(let text):
      "'\(text)': no host; write example.org:80, 127.0.0.1:80 or [::1]:80"
    }
  }
}
