internal import EventletCore

extension GreenSocket {
  /// Connects to a host by its name, or address.
  ///
  /// ```swift
  /// let socket = try GreenSocket.connect(toHost: "example.org", port: 80, timeout: .seconds(10))
  /// ```
  ///
  /// Resolves the name and tries its addresses as RFC 8305 ("Happy Eyeballs") says: IPv6 and IPv4
  /// take turns, beginning with the resolver's first; the next attempt begins beside those that run
  /// when these have not succeeded after a quarter of a second, and at once when one fails. The
  /// first connection is returned, and all others are closed.
  /// - Parameters:
  ///   - host: A name, or an address, for which nothing is looked up.
  ///   - port: The port.
  ///   - local: The address of this end; nil leaves it to the system. Only addresses of its family
  ///     are tried, and with a port one after the other.
  ///   - resolver: Who resolves the name; nil, the default, is that of the hub.
  ///   - attemptDelay: How long an attempt has before the next begins beside it: 250 ms by default,
  ///     as the RFC recommends.
  ///   - timeout: For the whole call, the look-up and all attempts; nil waits as long as these do.
  /// - Returns: a connected socket.
  /// - Throws: ``NameError`` when there is no address; ``ConnectError`` when none could be
  ///   connected to; ``IOTimeout``; what a kill or timeout throws, and then nothing stays open.
  ///
  /// In Python: `socket.create_connection`.
  public static func connect(
    toHost host: String, port: UInt16, from local: SocketAddress? = nil,
    resolver: (any Resolver)? = nil, attemptDelay: Duration = .milliseconds(250),
    timeout: Duration? = nil
  ) throws -> GreenSocket {
    let deadline = Deadline(after: timeout)
    let resolver = resolver ?? Hub.current.resolver
    let addresses = try resolver.resolve(host, family: local?.ipAddress?.family, timeout: timeout)
    let race = ConnectionRace(
      to: "\(HostAndPort(host: host, port: port))",
      candidates: addresses.map { SocketAddress($0, port: port) }, from: local, delay: attemptDelay,
      until: deadline)
    return try race.run()
  }

  /// Connects to a host and port, such as were read from text.
  ///
  /// As ``connect(toHost:port:from:resolver:attemptDelay:timeout:)``.
  public static func connect(
    to target: HostAndPort, from local: SocketAddress? = nil, resolver: (any Resolver)? = nil,
    attemptDelay: Duration = .milliseconds(250), timeout: Duration? = nil
  ) throws -> GreenSocket {
    try connect(
      toHost: target.host, port: target.port, from: local, resolver: resolver,
      attemptDelay: attemptDelay, timeout: timeout)
  }

  /// Connects to one of several addresses, whichever is there first.
  ///
  /// As ``connect(toHost:port:from:resolver:attemptDelay:timeout:)``, with addresses that are
  /// known.
  /// - Parameters:
  ///   - candidates: In the order of preference; with none at all it throws.
  ///   - local: The address of this end; nil leaves it to the system.
  ///   - attemptDelay: How long an attempt has before the next begins beside it.
  ///   - timeout: For the whole call.
  /// - Returns: a connected socket.
  /// - Throws: ``ConnectError``; ``IOTimeout``; what a kill or timeout throws, and then nothing
  ///   stays open.
  public static func connect(
    toFirstOf candidates: [SocketAddress], from local: SocketAddress? = nil,
    attemptDelay: Duration = .milliseconds(250), timeout: Duration? = nil
  ) throws -> GreenSocket {
    let target = candidates.map(\.description).joined(separator: ", ")
    guard !candidates.isEmpty else { throw ConnectError(target: "nobody", failures: []) }
    let race = ConnectionRace(
      to: target, candidates: candidates, from: local, delay: attemptDelay,
      until: Deadline(after: timeout))
    return try race.run()
  }
}
