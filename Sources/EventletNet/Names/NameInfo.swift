internal import EventletCore
internal import Glibc

/// The names of a socket's address: what ``Resolver/nameInfo(of:options:timeout:)`` gives.
public struct NameInfo: Hashable, Sendable {
  /// The host's name, or its address.
  public let host: String
  /// The service's name, or the number of the port.
  public let service: String

  /// Creates it from its parts.
  public init(host: String, service: String) {
    self.host = host
    self.service = service
  }
}

/// What names are wanted, see getnameinfo(3).
public struct NameOptions: OptionSet, Hashable, Sendable {
  /// The options as bits, of no meaning outside.
  public let rawValue: Int
  /// Creates options from ``rawValue``.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The host as its address (NI_NUMERICHOST).
  public static let numericHost = NameOptions(rawValue: 1)
  /// A host without a name is an error, and not given as its address (NI_NAMEREQD).
  public static let nameRequired = NameOptions(rawValue: 2)
  /// The port as its number (NI_NUMERICSERV).
  public static let numericService = NameOptions(rawValue: 4)
  /// The service of UDP, where it differs from that of TCP (NI_DGRAM).
  public static let datagram = NameOptions(rawValue: 8)
}

extension Resolver {
  /// The names of an address and its port, of IPv4 or IPv6.
  /// - Parameters:
  ///   - address: Of a peer, say.
  ///   - options: None by default: names where there are some, numbers otherwise.
  ///   - timeout: For the whole call; nil is as long as it takes.
  /// - Returns: the first name, where an address has several.
  /// - Throws: with ``NameOptions/nameRequired``, ``NameError``; together with
  ///   ``NameOptions/numericHost``, ``/EventletCore/HubError/invalidArgument(_:)``; EAFNOSUPPORT
  ///   for an address that is none of IPv4 or IPv6; ``IOTimeout``; what a kill or timeout
  ///   throws.
  ///
  /// In Python: `socket.getnameinfo`.
  public func nameInfo(
    of address: SocketAddress, options: NameOptions = [], timeout: Duration? = nil
  ) throws -> NameInfo {
    guard let ip = address.ipAddress else {
      throw SystemError(call: "resolve", errno: EAFNOSUPPORT, subject: "\(address)")
    }
    if options.isSuperset(of: [.nameRequired, .numericHost]) {
      throw HubError.invalidArgument("nameInfo(of: \(address)): a name is required, and not wanted")
    }
    let deadline = Deadline(after: timeout)
    let host = try host(of: ip, options, until: deadline)
    if options.contains(.numericService) { return NameInfo(host: host, service: "\(address.port)") }
    let service = try withDeadline(
      deadline, throwing: IOTimeout(operation: "resolve", subject: "\(address)")
    ) {
      try Services.name(
        ofPort: address.port, transport: options.contains(.datagram) ? .udp : .tcp)
    }
    return NameInfo(host: host, service: service ?? "\(address.port)")
  }

  private func host(
    of address: IPAddress, _ options: NameOptions, until deadline: Deadline
  ) throws -> String {
    if options.contains(.numericHost) { return "\(address)" }
    do {
      if let name = try names(of: address, timeout: deadline.remaining).first { return name }
      throw NameError("\(address)", .noData)
    } catch let error as NameError {
      if options.contains(.nameRequired) { throw error }
      return "\(address)"
    }
  }
}
