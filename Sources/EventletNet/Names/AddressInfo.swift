internal import EventletCore

/// Where a service of a host is: what
/// ``Resolver/addressInfo(host:service:family:transport:options:timeout:)`` gives.
public struct AddressInfo: Hashable, Sendable {
  /// The canonical name of the host, if it was asked for.
  public let canonicalName: String?
  /// In the order in which they are to be tried; never empty.
  public let addresses: [SocketAddress]

  /// Creates it from its parts.
  public init(canonicalName: String?, addresses: [SocketAddress]) {
    self.canonicalName = canonicalName
    self.addresses = addresses
  }
}

/// What addresses are wanted, see getaddrinfo(3).
public struct AddressOptions: OptionSet, Hashable, Sendable {
  /// The options as bits, of no meaning outside.
  public let rawValue: Int
  /// Creates options from ``rawValue``.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// To listen on: without a host, all of this machine's addresses instead of loopback
  /// (AI_PASSIVE).
  public static let passive = AddressOptions(rawValue: 1)
  /// The host must be an address (AI_NUMERICHOST).
  public static let numericHost = AddressOptions(rawValue: 2)
  /// The service must be a number (AI_NUMERICSERV).
  public static let numericService = AddressOptions(rawValue: 4)
  /// Where IPv6 is asked for and there is none, IPv4 in the form that IPv6 sockets take
  /// (AI_V4MAPPED).
  public static let v4Mapped = AddressOptions(rawValue: 8)
  /// With ``v4Mapped``: both, whether or not there are such of IPv6 (AI_ALL).
  public static let all = AddressOptions(rawValue: 16)
  /// Without addresses that the kernel refuses, such as those of a family for which there is no
  /// network (AI_ADDRCONFIG).
  public static let reachable = AddressOptions(rawValue: 32)
  /// With the canonical name (AI_CANONNAME).
  public static let canonicalName = AddressOptions(rawValue: 64)
}

extension Resolver {
  /// Where a service of a host is.
  ///
  /// ```swift
  /// let info = try resolver.addressInfo(host: "example.org", service: "https")
  /// let socket = try GreenSocket.connect(toFirstOf: info.addresses)
  /// ```
  /// - Parameters:
  ///   - host: A name or an address; nil is this machine, see ``AddressOptions/passive``.
  ///   - service: A name of services(5) or a number; nil is port 0. Not both may be nil.
  ///   - family: Which addresses to give; nil, the default, is both.
  ///   - transport: For the service's name; TCP by default.
  ///   - options: None by default.
  ///   - timeout: For the whole call; nil is as long as it takes.
  /// - Returns: at least one address.
  /// - Throws: ``NameError``; ``IOTimeout``; with ``AddressOptions/reachable``, when no address
  ///   is left, the ``/EventletCore/SystemError`` of the first; what a kill or timeout throws.
  ///
  /// In Python: `socket.getaddrinfo`.
  public func addressInfo(
    host: String?, service: String? = nil, family: IPAddress.Family? = nil,
    transport: Transport = .tcp, options: AddressOptions = [], timeout: Duration? = nil
  ) throws -> AddressInfo {
    let deadline = Deadline(after: timeout)
    if host == nil, service == nil { throw NameError("", .invalidName("neither host nor service")) }
    let port = try port(of: service, transport, options, until: deadline)
    let entry: HostEntry
    if let host {
      if options.contains(.numericHost), IPAddress(parsing: host) == nil {
        throw NameError(host, .notNumeric)
      }
      entry = try self.entry(host, family, options, until: deadline)
    } else {
      entry = Self.entryOfThisMachine(family, options)
    }
    return AddressInfo(
      canonicalName: options.contains(.canonicalName) && host != nil ? entry.name : nil,
      addresses: try Self.reachable(entry.addresses, options)
        .map { SocketAddress($0, port: port) })
  }

  private func port(
    of service: String?, _ transport: Transport, _ options: AddressOptions, until deadline: Deadline
  ) throws -> UInt16 {
    guard let service else { return 0 }
    if let port = Services.number(service) { return port }
    if options.contains(.numericService) { throw NameError(service, .unknownService) }
    return try withDeadline(
      deadline, throwing: IOTimeout(operation: "resolve", subject: service)
    ) { try Services.port(named: service, transport: transport) }
  }

  /// With AI_V4MAPPED done: names of both families are asked for where both may be given.
  private func entry(
    _ host: String, _ family: IPAddress.Family?, _ options: AddressOptions, until deadline: Deadline
  ) throws -> HostEntry {
    guard family == .ipv6, options.contains(.v4Mapped) else {
      return try lookUp(host, family: family, timeout: deadline.remaining)
    }
    let entry = try lookUp(host, timeout: deadline.remaining)
    let sixes = entry.addresses.filter { $0.family == .ipv6 }
    let chosen = sixes.isEmpty || options.contains(.all) ? entry.addresses : sixes
    return HostEntry(
      name: entry.name, aliases: entry.aliases, addresses: chosen.map(\.mappedToIPv6))
  }

  private static func entryOfThisMachine(
    _ family: IPAddress.Family?, _ options: AddressOptions
  ) -> HostEntry {
    let all: [IPAddress] = options.contains(.passive) ? ["::", "0.0.0.0"] : ["::1", "127.0.0.1"]
    return HostEntry(name: "", addresses: all.filter { family == nil || $0.family == family })
  }

  private static func reachable(
    _ addresses: [IPAddress], _ options: AddressOptions
  ) throws -> [IPAddress] {
    guard options.contains(.reachable) else { return addresses }
    var refusal: SystemError?
    let left = addresses.filter { address in
      let error = address.refusal
      refusal = refusal ?? error
      return error == nil
    }
    if left.isEmpty, let refusal { throw refusal }
    return left
  }
}
