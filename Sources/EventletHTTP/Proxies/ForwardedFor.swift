internal import EventletCore
public import EventletNet
public import HTTPTypes

/// Finds the client behind the proxies that a request has come through.
///
/// Each proxy appends the address of whom it got the request from; the first entries may be whatever
/// a client wrote. So the list is read from its end, and only as far as those who wrote it are
/// trusted:
///
/// ```swift
/// let forwarded = ForwardedFor(.networks(["10.0.0.0/8"]))
/// let client = forwarded.clientAddress(of: request.headerFields, peer: address)
/// ```
///
/// With ``readsScheme`` the proxies are believed, too, when they say whether the client came by TLS.
///
/// An entry that is no address ends the walk: the proxy that wrote it is the client then. So do
/// `unknown` and the made-up names of RFC 7239.
///
/// Eventlet has no counterpart: there `REMOTE_ADDR` is always the peer.
public struct ForwardedFor: Hashable, Sendable {
  /// Whose entries are believed.
  public enum Trust: Hashable, Sendable {
    /// Those of so many proxies, the peer itself among them: 1 is for one proxy in front of the
    /// server, 0 believes nobody.
    ///
    /// Right where each request comes through as many proxies. Must not be negative.
    case hops(Int)
    /// Those of peers and proxies in these networks.
    ///
    /// A peer at a Unix-domain socket is on this machine, and believed.
    case networks([IPNetwork])
  }

  /// Which field the proxies write.
  ///
  /// There is one, to be known beforehand: the other would come from the client.
  public enum Field: Hashable, Sendable {
    /// `X-Forwarded-For: 192.0.2.43, 2001:db8::17`: no standard, and what most proxies write.
    case xForwardedFor
    /// `Forwarded: for=192.0.2.43, for="[2001:db8::17]:4711"` of RFC 7239.
    case forwarded
  }

  /// Whose entries are believed.
  public let trust: Trust
  /// Which field the proxies write.
  public let field: Field
  /// Whether they also say by which scheme a client came, in `X-Forwarded-Proto: https` or by
  /// `proto=https` of `Forwarded`; false by default.
  ///
  /// Where a proxy passes on an `X-Forwarded-Proto` that it has not written itself, any client may
  /// say that it came by TLS: ask for it only of such that write it always. See
  /// ``ServerRequest/scheme``.
  public let readsScheme: Bool

  /// Creates a rule.
  /// - Parameters:
  ///   - trust: Whose entries are believed.
  ///   - field: Which field the proxies write; `X-Forwarded-For` by default.
  ///   - readsScheme: Whether they also say by which scheme a client came; false by default.
  public init(_ trust: Trust, field: Field = .xForwardedFor, readsScheme: Bool = false) {
    if case .hops(let count) = trust {
      require(count >= 0, "ForwardedFor: \(count) hops: the number of proxies is not negative")
    }
    self.trust = trust
    self.field = field
    self.readsScheme = readsScheme
  }

  /// The address of the client: the last in the chain that is not believed to be a proxy.
  /// - Parameters:
  ///   - fields: Of the request.
  ///   - peer: Who has connected to the server.
  /// - Returns: An address of the list, with port 0 where none was told, or `peer`.
  public func clientAddress(of fields: HTTPFields, peer: SocketAddress) -> SocketAddress {
    walk(entries(of: fields), from: peer).client
  }

  /// - Returns: the client, and how many of the last entries are believed.
  private func walk(
    _ entries: [Substring], from peer: SocketAddress
  ) -> (client: SocketAddress, hops: Int) {
    var client = peer
    var hops = 0
    for entry in entries.reversed() {
      guard isTrusted(client, afterHops: hops), let next = address(ofEntry: entry) else { break }
      client = next
      hops += 1
    }
    return (client, hops)
  }

  /// The scheme by which the client came: `http` or `https`, as the first of the proxies says that
  /// are believed.
  ///
  /// A list in `X-Forwarded-Proto` is read as the other one is: from its end, and an entry for each
  /// proxy that is believed. A single entry is of whichever proxy has written it.
  /// - Parameters:
  ///   - fields: Of the request.
  ///   - peer: Who has connected to the server.
  /// - Returns: nil if that is not read, the peer is not believed, or the proxy does not say.
  public func scheme(of fields: HTTPFields, peer: SocketAddress) -> String? {
    guard readsScheme, isTrusted(peer, afterHops: 0) else { return nil }
    let entries = entries(of: fields)
    let hops = walk(entries, from: peer).hops
    switch field {
    case .forwarded:
      // One that keeps the client's address secret says the scheme all the same.
      return entries.suffix(max(hops, 1)).first.flatMap(ForwardedNode.scheme(ofElement:))
    case .xForwardedFor:
      // An empty entry stands for the proxy that has written nothing.
      let schemes = fields[values: ForwardedNode.xForwardedProto].flatMap {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      return schemes.suffix(max(hops, 1)).first.flatMap {
        ForwardedNode.scheme($0.withoutSurroundingBlanks)
      }
    }
  }

  private func isTrusted(_ address: SocketAddress, afterHops hops: Int) -> Bool {
    switch trust {
    case .hops(let count): return hops < count
    case .networks(let networks):
      guard let address = address.ipAddress else { return true }
      let words = AddressWords(address)
      return networks.contains { $0.contains(words) }
    }
  }

  private func address(ofEntry entry: Substring) -> SocketAddress? {
    switch field {
    case .xForwardedFor: ForwardedNode.address(of: entry, allowsBareIPv6: true)
    case .forwarded: ForwardedNode.address(ofElement: entry)
    }
  }

  private func entries(of fields: HTTPFields) -> [Substring] {
    switch field {
    case .xForwardedFor: Self.list(ForwardedNode.xForwardedFor, of: fields)
    case .forwarded:
      // A quotation that does not end may hide entries. So nothing of that line is known.
      fields[values: ForwardedNode.forwarded].flatMap { line in
        line[...].splitOutsideQuotations(at: ",") ?? [line[...]]
      }.filter { !$0.isEmpty }
    }
  }

  private static func list(_ name: HTTPField.Name, of fields: HTTPFields) -> [Substring] {
    fields[values: name].flatMap { line in
      line.split(separator: ",").map(\.withoutSurroundingBlanks)
    }.filter { !$0.isEmpty }
  }

  /// All that is in `X-Forwarded-For`, believed or not, for a log: joined by commas, without spaces.
  ///
  /// ``AccessLogFormat`` writes it, and escapes what does not belong into a log: that is not done here.
  /// - Parameter fields: Of the request.
  /// - Returns: nil if there is nothing.
  public static func list(in fields: HTTPFields) -> String? {
    let entries = list(ForwardedNode.xForwardedFor, of: fields).map {
      $0.filter { $0 != " " && $0 != "\t" }
    }
    return entries.isEmpty ? nil : entries.joined(separator: ",")
  }
}
