internal import CEventletCore
internal import Glibc

/// Where a socket is: an IP address and a port.
///
/// ```swift
/// let here: SocketAddress = .ipv4("127.0.0.1", port: 8080)
/// let there = try SocketAddress(parsing: "[::1]:443")
/// ```
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// IPv4 or IPv6.
  public enum Family: Sendable {
    /// Four bytes.
    case ipv4
    /// Sixteen bytes.
    case ipv6

    var number: Int32 { self == .ipv4 ? AF_INET : AF_INET6 }
  }

  /// IPv4 or IPv6.
  public let family: Family
  /// The address in text, as `inet_ntop` gives it.
  public let host: String
  /// The port, 0 for one of the system's choice.
  public let port: UInt16

  /// An IPv4 address.
  ///
  /// Traps when `host` is none; use ``init(parsing:)`` for text from outside.
  /// Names are not looked up.
  public static func ipv4(_ host: String, port: UInt16) -> SocketAddress {
    literal(.ipv4, host, port)
  }

  /// An IPv6 address.
  ///
  /// Traps when `host` is none; use ``init(parsing:)`` for text from outside.
  /// Names are not looked up.
  public static func ipv6(_ host: String, port: UInt16) -> SocketAddress {
    literal(.ipv6, host, port)
  }

  private static func literal(_ family: Family, _ host: String, _ port: UInt16) -> SocketAddress {
    guard let address = SocketAddress(family: family, host: host, port: port) else {
      fatalError("SocketAddress: '\(host)' is no \(family) address")
    }
    return address
  }

  private init?(family: Family, host: String, port: UInt16) {
    var storage = sockaddr_storage()
    let isValid = withUnsafeMutableBytes(of: &storage) {
      inet_pton(family.number, host, $0.baseAddress) == 1
    }
    guard isValid else { return nil }
    self.family = family
    self.host = host
    self.port = port
  }

  /// Reads `127.0.0.1:80` or `[::1]:80`.
  /// - Throws: ``AddressError``.
  public init(parsing text: String) throws(AddressError) {
    guard let colon = text.lastIndex(of: ":") else { throw .missingPort(text) }
    guard let port = UInt16(text[text.index(after: colon)...]) else { throw .invalidPort(text) }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    let family: Family = isBracketed ? .ipv6 : .ipv4
    guard let address = SocketAddress(family: family, host: String(host), port: port) else {
      throw .invalidHost(text)
    }
    self = address
  }

  /// The form that ``init(parsing:)`` reads.
  public var description: String {
    family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)"
  }

  // MARK: The kernel's form

  func withStorage<Result>(_ body: (UnsafePointer<sockaddr_storage>, socklen_t) -> Result) -> Result
  {
    var storage = sockaddr_storage()
    let length = withUnsafeMutableBytes(of: &storage) { bytes -> Int in
      switch family {
      case .ipv4:
        let address = bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr_in.self)
        address.pointee.sin_family = sa_family_t(AF_INET)
        address.pointee.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.pointee.sin_addr)
        return MemoryLayout<sockaddr_in>.size
      case .ipv6:
        let address = bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr_in6.self)
        address.pointee.sin6_family = sa_family_t(AF_INET6)
        address.pointee.sin6_port = port.bigEndian
        inet_pton(AF_INET6, host, &address.pointee.sin6_addr)
        return MemoryLayout<sockaddr_in6>.size
      }
    }
    return withUnsafePointer(to: &storage) { body($0, socklen_t(length)) }
  }

  init?(_ storage: sockaddr_storage) {
    var storage = storage
    let family = Int32(storage.ss_family)
    guard family == AF_INET || family == AF_INET6 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    port = withUnsafeMutableBytes(of: &storage) { bytes in
      // The port lies at the same place in both forms: after the family.
      let isIPv4 = family == AF_INET
      let address = bytes.baseAddress.unsafelyUnwrapped + (isIPv4 ? 4 : 8)
      inet_ntop(family, address, &text, socklen_t(text.count))
      return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
    }
    self.family = family == AF_INET ? .ipv4 : .ipv6
    host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// Text that is no socket address.
public enum AddressError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no `:port`.
  case missingPort(String)
  /// What follows the last colon is no port.
  case invalidPort(String)
  /// What precedes it is no IP address; an IPv6 address needs brackets.
  case invalidHost(String)

  /// What is wrong with the text.
  public var description: String {
    switch self {
    case .missingPort(let text): "address '\(text)': no port; write HOST:PORT"
    case .invalidPort(let text): "address '\(text)': the port must be 0 to 65535"
    case .invalidHost(let text): "address '\(text)': no IP address; write 127.0.0.1:80 or [::1]:80"
    }
  }
}
