/// Finds the addresses of names, in blocking style: a call parks the green thread that makes it and
/// nothing else.
///
/// ```swift
/// let addresses = try Hub.current.resolver.resolve("example.org")
/// ```
///
/// There are three: ``SystemResolver``, the default, asks the C library on OS threads of its own;
/// `DNSResolver` of the module EventletDNS asks name servers itself; ``FixedResolver`` has a table.
/// Each hub has one, see ``EventletCore/Hub/resolver``. Not `Sendable`: a resolver is used on the
/// hub that it was first used on.
///
/// A conforming type implements ``entry(of:family:timeout:)``, and ``names(of:timeout:)`` if it
/// can; the rest is built on those.
public protocol Resolver: AnyObject {
  /// What is known of a name.
  /// - Parameters:
  ///   - name: Never an address.
  ///   - family: Which addresses to give; nil is both.
  ///   - timeout: For the whole call; nil is as long as it takes.
  /// - Returns: at least one address.
  /// - Throws: ``NameError``; ``IOTimeout`` when `timeout` passed first; what a kill or timeout
  ///   throws, and nobody else who asks for the same name is disturbed then.
  func entry(of name: HostName, family: IPAddress.Family?, timeout: Duration?) throws -> HostEntry

  /// The names of an address, the canonical one first.
  ///
  /// A resolver that does not implement it knows none.
  /// - Throws: as ``entry(of:family:timeout:)``.
  func names(of address: IPAddress, timeout: Duration?) throws -> [String]
}

extension Resolver {
  /// As the requirement; knows none.
  public func names(of address: IPAddress, timeout: Duration?) throws -> [String] {
    throw NameError("\(address)", .notFound)
  }

  /// The addresses of a host, in the order in which they are to be tried.
  ///
  /// A numeric host, `fe80::1%eth0` among such, is its own address: nothing is looked up.
  /// - Parameters:
  ///   - host: A name or an address. International names are encoded, see ``HostName``.
  ///   - family: Which addresses to give; nil, the default, is both.
  ///   - timeout: For the whole call; nil is as long as the resolver takes.
  /// - Returns: at least one address.
  /// - Throws: ``NameError``; ``IOTimeout``; what a kill or timeout throws.
  ///
  /// In Python: `greendns.resolve`, `socket.gethostbyname`.
  public func resolve(
    _ host: String, family: IPAddress.Family? = nil, timeout: Duration? = nil
  ) throws -> [IPAddress] {
    try lookUp(host, family: family, timeout: timeout).addresses
  }

  /// Names and addresses of a host.
  ///
  /// As ``resolve(_:family:timeout:)`` in all else. The name of a numeric host is its address.
  ///
  /// In Python: `socket.gethostbyname_ex`.
  public func lookUp(
    _ host: String, family: IPAddress.Family? = nil, timeout: Duration? = nil
  ) throws -> HostEntry {
    guard let address = IPAddress(parsing: host) else {
      return try entry(of: HostName(host), family: family, timeout: timeout)
    }
    if let family, family != address.family { throw NameError(host, .noData) }
    return HostEntry(name: "\(address)", addresses: [address])
  }
}
