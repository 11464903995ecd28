public import EventletNet

extension DNSResolver {
  /// Whom to ask, and how.
  ///
  /// What is nil is taken from resolv.conf(5) and the variables that belong to it, when the
  /// resolver is first used.
  public struct Configuration: Sendable {
    /// The name servers, in the order in which they are asked; their ports are 53 as a rule.
    ///
    /// A link-local address of IPv6 cannot be one, since c-ares takes no interface: each question
    /// throws then.
    public var servers: [SocketAddress]?
    /// The domains in which a name is looked for that is not complete.
    public var search: [String]?
    /// How many dots make a name that is asked for as it is first, before the search list.
    public var ndots: Int?
    /// How long a server has for its first answer; twice as long when it is asked again.
    public var timeout: Duration?
    /// How often each server is asked.
    public var tries: Int?
    /// Whether the servers take turns in being asked first.
    public var rotates: Bool?
    /// How long addresses of one family wait for those of the other: 250 ms by default; nil is as
    /// long as the servers' time and tries take.
    ///
    /// What comes later is kept for the next who asks: RFC 8305, section 3.
    public var resolutionDelay: Duration? = .milliseconds(250)
    /// Whether to ask by TCP from the start; false by default, and then TCP is for answers that do
    /// not fit.
    public var usesTCP = false
    /// Where hosts(5) is; nil is to do without.
    public var hostsFile: String? = "/etc/hosts"
    /// How long the hosts file is relied on before it is looked at again: 10 seconds by default.
    public var hostsFileLifetime = Duration.seconds(10)
    /// Where resolv.conf(5) is.
    public var resolvConf = "/etc/resolv.conf"
    /// How many answers are kept, 1000 by default; 0 keeps none.
    public var cacheSize = 1000

    /// Creates the configuration of the machine.
    public init() {}
  }
}
