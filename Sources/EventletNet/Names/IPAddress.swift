internal import Glibc

/// An IP address without a port: what a name is resolved to.
///
/// ```swift
/// let here: IPAddress = "127.0.0.1"
/// if let there = IPAddress(parsing: text) { print(there.family) }
/// ```
///
/// Two addresses are equal when their bytes and interfaces are, however they were written.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// IPv4 or IPv6.
  public enum Family: Hashable, Sendable {
    /// Four bytes.
    case ipv4
    /// Sixteen bytes.
    case ipv6

    package var number: Int32 { self == .ipv4 ? AF_INET : AF_INET6 }
  }

  /// IPv4 or IPv6.
  public let family: Family
  // In the order of the network; those of IPv4 are the lowest of `low`.
  private let high: UInt64
  private let low: UInt64
  /// The number of the interface of a link-local address, or 0.
  public let scope: UInt32

  /// Creates an address from its bytes.
  /// - Parameters:
  ///   - bytes: Four or sixteen, in the order of the network; nil comes of any other number.
  ///   - scope: The number of the interface that a link-local address of IPv6 is reached by.
  public init?(bytes: some Collection<UInt8>, scope: UInt32 = 0) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    family = bytes.count == 4 ? .ipv4 : .ipv6
    var high: UInt64 = 0
    var low: UInt64 = 0
    for byte in bytes {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(byte)
    }
    self.high = high
    self.low = low
    self.scope = family == .ipv6 ? scope : 0
  }

  /// Reads an address such as `127.0.0.1`, `::1` or `fe80::1%eth0`.
  ///
  /// Never looks anything up. An interface, by name or by number, may be given to the addresses
  /// that mean nothing without one.
  /// - Parameter text: nil comes of anything else, an interface that does not exist among it.
  ///
  /// In Python: `greendns.is_ip_addr`, and `is_ipv4_addr` and `is_ipv6_addr` by ``family``.
  public init?(parsing text: String) {
    // C would take the NUL for the end.
    guard !text.utf8.contains(0) else { return nil }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    let family: Family = parts[0].contains(":") ? .ipv6 : .ipv4
    var bytes = [UInt8](repeating: 0, count: family == .ipv4 ? 4 : 16)
    guard inet_pton(family.number, String(parts[0]), &bytes) == 1 else { return nil }
    self.init(bytes: bytes)
    guard parts.count > 1 else { return }
    guard isLocalToLink, let scope = Self.interface(named: parts[1]) else { return nil }
    self.init(bytes: bytes, scope: scope)
  }

  private static func interface(named name: Substring) -> UInt32? {
    let index = if_nametoindex(String(name))
    if index != 0 { return index }
    guard name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt32(name), number != 0
    else { return nil }
    return number
  }

  /// The bytes in the order of the network: four or sixteen.
  public var bytes: [UInt8] {
    let all = [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }
    return family == .ipv4 ? Array(all[12...]) : all
  }

  /// The one shortest form, such as `::1`; with a link-local one's interface, `fe80::1%eth0`.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let bytes = bytes
    inet_ntop(family.number, bytes, &text, socklen_t(text.count))
    guard scope != 0 else { return string(text) }
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    let interface = if_indextoname(scope, &name) == nil ? "\(scope)" : string(name)
    return "\(string(text))%\(interface)"
  }
}

extension IPAddress: ExpressibleByStringLiteral {
  /// Reads an address that stands in the program.
  ///
  /// Traps when it is none; use ``init(parsing:)`` for text from outside.
  public init(stringLiteral text: String) {
    guard let address = IPAddress(parsing: text) else { fatalError("'\(text)' is no IP address") }
    self = address
  }
}

// MARK: Kinds

extension IPAddress {
  /// Whether it is this machine, by whatever network: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool { family == .ipv4 ? low >> 24 == 127 : high == 0 && low == 1 }

  /// Whether it stands for all addresses of this machine: 0.0.0.0 or ::.
  public var isUnspecified: Bool { high == 0 && low == 0 }

  /// Whether it means nothing without an interface: fe80::/10, and multicast that goes no further
  /// than the link.
  var isLocalToLink: Bool {
    family == .ipv6
      && (isLinkLocal || high >> 56 == 0xff && [1, 2].contains(high >> 48 & 0x0f))
  }

  /// Whether it holds on its own link alone: fe80::/10 or 169.254.0.0/16.
  public var isLinkLocal: Bool { family == .ipv4 ? low >> 16 == 0xa9fe : high >> 54 == 0x3fa }

  /// The IPv4 address in the form that IPv6 sockets take, `::ffff:192.0.2.1`; one of IPv6 itself.
  ///
  /// See RFC 4291, section 2.5.5.2.
  public var mappedToIPv6: IPAddress {
    guard family == .ipv4 else { return self }
    return IPAddress(family: .ipv6, high: 0, low: 0xffff << 32 | low)
  }

  private init(family: Family, high: UInt64, low: UInt64) {
    self.family = family
    self.high = high
    self.low = low
    scope = 0
  }

  /// The name under which the domain name system keeps the names of this address.
  ///
  /// Such as `1.2.0.192.in-addr.arpa`; see RFC 1035, section 3.5, and RFC 3596, section 2.5.
  public var reverseName: String {
    switch family {
    case .ipv4: bytes.reversed().map { "\($0)." }.joined() + "in-addr.arpa"
    case .ipv6:
      bytes.reversed().map { byte in
        "\(String(byte & 0xf, radix: 16)).\(String(byte >> 4, radix: 16))."
      }.joined() + "ip6.arpa"
    }
  }
}

/// The text before the NUL.
func string(_ text: [CChar]) -> String {
  String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
