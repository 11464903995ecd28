public import EventletNet

/// A block of IP addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`.
///
/// ```swift
/// let inside: IPNetwork = "10.0.0.0/8"
/// if inside.contains(address) { print("one of ours") }
/// ```
///
/// An IPv4 address in the form that IPv6 sockets show, `::ffff:10.0.0.1`, is that IPv4 address here,
/// so it makes no difference which kind of socket a connection came by. Other networks of IPv6, `::/0`
/// among them, hold no address of IPv4. Interfaces of link-local addresses do not count.
///
/// See RFC 4632, section 3.1, and RFC 4291, section 2.3.
///
/// In Python: `ipaddress.ip_network`.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
  /// The lowest of its addresses.
  public let address: IPAddress
  /// How many leading bits its addresses have in common: 0 to 32, or 0 to 128.
  public let prefixLength: Int
  private let words: AddressWords

  /// Creates a network.
  /// - Parameters:
  ///   - address: The lowest of its addresses.
  ///   - prefixLength: How many leading bits its addresses have in common.
  /// - Throws: ``IPNetworkError``.
  public init(_ address: IPAddress, prefixLength: Int) throws(IPNetworkError) {
    guard address.scope == 0 else { throw .invalidAddress("\(address)/\(prefixLength)") }
    guard prefixLength >= 0, prefixLength <= (address.family == .ipv4 ? 32 : 128) else {
      throw .invalidPrefixLength("\(address)/\(prefixLength)")
    }
    let words = AddressWords(address)
    guard words == words.masked(Self.bits(of: address.family, prefixLength)) else {
      throw .addressBeyondPrefix("\(address)/\(prefixLength)")
    }
    self.words = words
    let isMapped = address.family == .ipv6 && words.isIPv4 && prefixLength >= 96
    self.address = isMapped ? words.ipv4 : address
    self.prefixLength = isMapped ? prefixLength - 96 : prefixLength
  }

  /// Reads `10.0.0.0/8`, `2001:db8::/32`, or a single address, which is a network of its own.
  /// - Throws: ``IPNetworkError``.
  public init(parsing text: String) throws(IPNetworkError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parsing: String(parts[0])) else { throw .invalidAddress(text) }
    guard parts.count > 1 else {
      try self.init(address, prefixLength: address.family == .ipv4 ? 32 : 128)
      return
    }
    // One form only: 010 is ten here and eight elsewhere.
    let digits = parts[1]
    guard digits.isDigits, digits == "0" || !digits.hasPrefix("0"),
      let prefixLength = Int(digits)
    else { throw .invalidPrefixLength(text) }
    try self.init(address, prefixLength: prefixLength)
  }

  /// Whether an address is one of its own.
  public func contains(_ address: IPAddress) -> Bool { contains(AddressWords(address)) }

  func contains(_ other: AddressWords) -> Bool {
    other.isIPv4 == (address.family == .ipv4)
      && other.masked(Self.bits(of: address.family, prefixLength)) == words
  }

  /// Of the sixteen bytes.
  private static func bits(of family: IPAddress.Family, _ prefixLength: Int) -> Int {
    family == .ipv4 ? 96 + prefixLength : prefixLength
  }

  /// The form that ``init(parsing:)`` reads.
  public var description: String { "\(address)/\(prefixLength)" }
}

extension IPNetwork: ExpressibleByStringLiteral {
  /// Reads a network that stands in the program.
  ///
  /// Traps when it is none; use ``init(parsing:)`` for text from outside.
  public init(stringLiteral text: String) {
    do { self = try IPNetwork(parsing: text) } catch { fatalError("\(error)") }
  }
}

extension [IPNetwork] {
  /// The networks that nobody reaches from the Internet: this machine, its links, and what RFC 1918
  /// and RFC 4193 leave to everybody's own use.
  ///
  /// ```swift
  /// let forwarded = ForwardedFor(.networks(.privateUse))
  /// ```
  public static let privateUse: [IPNetwork] = [
    "127.0.0.0/8", "::1", "169.254.0.0/16", "fe80::/10", "10.0.0.0/8", "172.16.0.0/12",
    "192.168.0.0/16", "fc00::/7",
  ]
}
