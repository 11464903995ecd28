internal import CEventletCore
internal import Glibc

/// Where a socket is: an IP address and a port, or a name of a Unix-domain socket.
///
/// ```swift
/// let here: SocketAddress = .ipv4("127.0.0.1", port: 8080)
/// let there = try SocketAddress(parsing: "[::1]:443")
/// let local = try SocketAddress.unix("/run/app.sock")
/// ```
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// What kind of address it is.
  public enum Family: Sendable {
    /// Four bytes.
    case ipv4
    /// Sixteen bytes.
    case ipv6
    /// A name within this machine.
    case unix

    var number: Int32 {
      switch self {
      case .ipv4: AF_INET
      case .ipv6: AF_INET6
      case .unix: AF_UNIX
      }
    }

    init?(number: Int32) {
      switch number {
      case AF_INET: self = .ipv4
      case AF_INET6: self = .ipv6
      case AF_UNIX: self = .unix
      default: return nil
      }
    }
  }

  /// IPv4, IPv6 or Unix.
  public let family: Family
  /// The address in its one shortest form, however it was written.
  ///
  /// A link-local one of IPv6 may name its interface: `fe80::1%eth0`. Empty for Unix sockets, see
  /// ``path``.
  public let host: String
  /// The port, 0 for one of the system's choice, and for Unix sockets.
  public let port: UInt16
  /// The number of the interface of a link-local address, or 0.
  private let interface: UInt32
  /// Of a Unix socket: a path, or a NUL and an abstract name, or nothing.
  let unixName: [UInt8]

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
    // C would take the NUL for the end.
    guard !host.utf8.contains(0) else { return nil }
    let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    // Room for either family.
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<in6_addr>.size)
    guard inet_pton(family.number, String(parts[0]), &bytes) == 1 else { return nil }
    var interface: UInt32 = 0
    if parts.count > 1 {
      guard family == .ipv6, Self.isLocalToLink(bytes) else { return nil }
      interface = Self.interface(named: String(parts[1]))
      guard interface != 0 else { return nil }
    }
    self.init(family, bytes, interface: interface, port: port)
  }

  private init(_ family: Family, _ bytes: UnsafeRawPointer, interface: UInt32, port: UInt16) {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(family.number, bytes, &text, socklen_t(text.count))
    let host = Self.string(text)
    self.family = family
    self.host = interface == 0 ? host : "\(host)%\(Self.name(of: interface))"
    self.interface = interface
    self.port = port
    unixName = []
  }

  init(unixName: [UInt8]) {
    family = .unix
    host = ""
    port = 0
    interface = 0
    self.unixName = unixName
  }

  private static func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  // MARK: Interfaces

  /// Whether the address means nothing without an interface: fe80::/10, and multicast that goes no
  /// further than the link.
  private static func isLocalToLink(_ bytes: [UInt8]) -> Bool {
    bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
      || bytes[0] == 0xff && [1, 2].contains(bytes[1] & 0x0f)
  }

  /// The number of an interface given by name or number; 0 for none.
  private static func interface(named name: String) -> UInt32 {
    let index = if_nametoindex(name)
    return index != 0 ? index : number(name[...]) ?? 0
  }

  private static func name(of interface: UInt32) -> String {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    return if_indextoname(interface, &name) == nil ? "\(interface)" : string(name)
  }

  // MARK: Text

  /// Digits alone: the standard library takes a sign too.
  private static func number<Number: FixedWidthInteger>(_ text: Substring) -> Number? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ? Number(text) : nil
  }

  /// Reads `127.0.0.1:80`, `[::1]:80` or `[fe80::1%eth0]:80`; `unix:/run/app.sock`, or `unix:@name`
  /// for an abstract one.
  /// - Throws: ``AddressError``.
  public init(parsing text: String) throws(AddressError) {
    if text.hasPrefix("unix:") {
      self = try SocketAddress(parsingUnixName: text.dropFirst(5))
      return
    }
    guard let colon = text.lastIndex(of: ":") else { throw .missingPort(text) }
    guard let port: UInt16 = Self.number(text[text.index(after: colon)...]) else {
      throw .invalidPort(text)
    }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    let family: Family = isBracketed ? .ipv6 : .ipv4
    guard let address = SocketAddress(family: family, host: String(host), port: port) else {
      throw .invalidHost(text)
    }
    self = address
  }

  /// The form that ``init(parsing:)`` reads; control characters in the name of a Unix socket, which
  /// a peer may have chosen, are shown as `\x0a`.
  public var description: String {
    switch family {
    case .ipv4: "\(host):\(port)"
    case .ipv6: "[\(host)]:\(port)"
    case .unix: unixDescription
    }
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
        address.pointee.sin6_scope_id = interface
        inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), &address.pointee.sin6_addr)
        return MemoryLayout<sockaddr_in6>.size
      case .unix: return storeUnixName(in: bytes)
      }
    }
    return withUnsafePointer(to: &storage) { body($0, socklen_t(length)) }
  }

  // The kernel has filled in `length` bytes.
  init?(_ storage: sockaddr_storage, length: socklen_t) {
    guard let family = Family(number: Int32(storage.ss_family)) else { return nil }
    var storage = storage
    self = withUnsafeMutableBytes(of: &storage) { bytes in
      if family == .unix { return SocketAddress(unixNameIn: bytes[..<Int(length)]) }
      let start = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped)
      // The port lies at the same place in both forms: after the family.
      let port = UInt16(bigEndian: start.load(fromByteOffset: 2, as: UInt16.self))
      if family == .ipv4 { return SocketAddress(.ipv4, start + 4, interface: 0, port: port) }
      let interface = start.load(fromByteOffset: 24, as: UInt32.self)
      return SocketAddress(.ipv6, start + 8, interface: interface, port: port)
    }
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
  /// The name of a Unix socket is empty, or a path that holds a NUL.
  case invalidUnixName(String)
  /// The name of a Unix socket is longer than the kernel's 107 bytes.
  case unixNameTooLong(String)

  /// What is wrong with the text.
  public var description: String {
    switch self {
    case .missingPort(let text): "address '\(text)': no port; write HOST:PORT"
    case .invalidPort(let text): "address '\(text)': the port must be 0 to 65535"
    case .invalidHost(let text): "address '\(text)': no IP address; write 127.0.0.1:80 or [::1]:80"
    case .invalidUnixName(let text): "Unix socket '\(text)': the name is empty or holds a NUL"
    case .unixNameTooLong(let text):
      "Unix socket '\(text)': \(text.utf8.count) bytes, of \(SocketAddress.longestUnixName) at most"
    }
  }
}
