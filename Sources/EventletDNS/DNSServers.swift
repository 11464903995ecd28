internal import CAres
internal import EventletCore
internal import EventletNet
internal import Glibc

/// Whom to ask, and how: the configuration with nothing left open.
struct DNSServers: Sendable {
  var servers: [SocketAddress]
  var search: [String]
  var ndots: Int
  var milliseconds: Int
  var tries: Int
  var rotates: Bool
  var usesTCP: Bool

  /// Fills in what is left open from the files and variables of the machine.
  ///
  /// Blocks: for an OS thread of a pool alone.
  init(filling configuration: DNSResolver.Configuration) throws {
    try CAresLibrary.prepare()
    let path = strdup(configuration.resolvConf)
    defer { free(path) }
    var options = ares_options()
    options.resolvconf_path = path
    var channel: ares_channel?
    try CAresLibrary.check(
      ares_init_options(&channel, &options, ARES_OPT_RESOLVCONF), configuration.resolvConf)
    defer { ares_destroy(channel) }
    var found = ares_options()
    var mask: Int32 = 0
    try CAresLibrary.check(ares_save_options(channel, &found, &mask), configuration.resolvConf)
    defer { ares_destroy_options(&found) }
    search = (0..<Int(found.ndomains)).compactMap { index in
      found.domains[index].map { String(cString: $0) }
    }
    ndots = Int(found.ndots)
    let more = ResolvConfOptions(reading: configuration.resolvConf)
    milliseconds = more.seconds.map { $0 * 1000 } ?? Int(found.timeout)
    tries = more.attempts ?? Int(found.tries)
    rotates = mask & ARES_OPT_ROTATE != 0
    servers = try Self.servers(of: channel, configuration.resolvConf)
    usesTCP = configuration.usesTCP
    apply(configuration)
  }

  private mutating func apply(_ configuration: DNSResolver.Configuration) {
    servers = configuration.servers ?? servers
    search = configuration.search ?? search
    ndots = configuration.ndots ?? ndots
    tries = max(1, configuration.tries ?? tries)
    rotates = configuration.rotates ?? rotates
    if let timeout = configuration.timeout {
      // Rounded up, and within what c-ares can double for each try.
      milliseconds = Int(min(max(1, (timeout.nanoseconds - 1) / 1_000_000 + 1), 600_000))
    }
  }

  private static func servers(of channel: ares_channel?, _ path: String) throws -> [SocketAddress] {
    var list: UnsafeMutablePointer<ares_addr_port_node>?
    try CAresLibrary.check(ares_get_servers_ports(channel, &list), path)
    defer { ares_free_data(list) }
    var servers: [SocketAddress] = []
    var next = list
    while let node = next?.pointee {
      next = node.next
      var address = node.addr
      let bytes = withUnsafeBytes(of: &address) { Array($0[..<(node.family == AF_INET ? 4 : 16)]) }
      guard let address = IPAddress(bytes: bytes) else { continue }
      servers.append(SocketAddress(address, port: node.udp_port == 0 ? 53 : UInt16(node.udp_port)))
    }
    return servers
  }

  /// With another server first, if they are to take turns.
  func rotated(by count: Int) -> DNSServers {
    guard rotates, !servers.isEmpty else { return self }
    var rotated = self
    let first = count % servers.count
    rotated.servers = Array(servers[first...] + servers[..<first])
    return rotated
  }

  /// A channel for one question.
  ///
  /// Nothing is left open, so that c-ares reads no file.
  func makeChannel() throws -> ares_channel {
    let lookups = strdup("b")
    defer { free(lookups) }
    var options = ares_options()
    options.lookups = lookups
    // What a server says of its own failure comes through, see `DNSExchange.ask`.
    options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP | (usesTCP ? ARES_FLAG_USEVC : 0)
    // What passes every network in one piece, as name servers have agreed on in 2020.
    options.ednspsz = 1232
    options.ndots = Int32(clamping: ndots)
    options.timeout = Int32(clamping: milliseconds)
    options.tries = Int32(clamping: tries)
    var channel: ares_channel?
    try CAresLibrary.check(
      ares_init_options(
        &channel, &options,
        ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST
          | ARES_OPT_NDOTS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ
          // A channel of one question has nothing to rotate: see `rotated(by:)`.
          | ARES_OPT_NOROTATE), "a channel")
    guard let channel else { throw NameError("a channel", .other("c-ares made none")) }
    ares_set_socket_functions(channel, DNSSockets.functions, nil)
    do { try give(channel, servers) } catch {
      ares_destroy(channel)
      throw error
    }
    return channel
  }

  private func give(_ channel: ares_channel, _ servers: [SocketAddress]) throws {
    let nodes = UnsafeMutablePointer<ares_addr_port_node>.allocate(capacity: servers.count)
    defer { nodes.deallocate() }
    for (index, server) in servers.enumerated() {
      var node = ares_addr_port_node()
      guard let address = server.ipAddress else {
        throw NameError("\(server)", .other("a name server has an IP address, unlike \(server)"))
      }
      // Without it, what is asked would go nowhere, or elsewhere.
      guard address.scope == 0 else {
        throw NameError(
          "\(server)", .other("c-ares takes no interface, as name server \(server) has one"))
      }
      node.family = address.family.number
      let bytes = address.bytes
      withUnsafeMutableBytes(of: &node.addr) { $0.copyBytes(from: bytes) }
      node.udp_port = Int32(server.port)
      node.tcp_port = Int32(server.port)
      node.next = index + 1 < servers.count ? nodes + index + 1 : nil
      (nodes + index).initialize(to: node)
    }
    try CAresLibrary.check(
      ares_set_servers_ports(channel, servers.isEmpty ? nil : nodes), "the name servers")
  }
}
