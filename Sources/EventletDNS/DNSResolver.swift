internal import EventletCore
public import EventletNet

/// Asks name servers itself, on the hub: any number of names at once, none of which holds an OS
/// thread.
///
/// ```swift
/// Hub.current.resolver = DNSResolver()
/// let socket = try GreenSocket.connect(toHost: "example.org", port: 80)
///
/// let resolver = try DNSResolver(servers: [SocketAddress(parsing: "192.0.2.53:53")])
/// for exchange in try resolver.query(.mx, "example.org") { print(exchange.value.host) }
/// ```
///
/// Names of the hosts file come first, and then nobody else is asked. The name servers are those of
/// resolv.conf(5), which is read at the first use; both files are read on OS threads of
/// ``/EventletCore/ThreadPool/shared``. c-ares talks with the servers: by UDP, again by TCP
/// when an answer does not fit, to the next one when one fails. Each question has a random
/// identifier and a port of its own, and whatever does not come from the server asked, or is not
/// its answer, is passed over.
///
/// Answers are kept for their lifetimes, that there are none for as long as the zone says. Green
/// threads that ask the same at the same time share one question; whoever is killed or runs out of
/// time leaves, and when all have left the question is given up.
///
/// What it does not know: multicast DNS, and whatever else nsswitch.conf(5) may list; DNSSEC.
///
/// Not `Sendable`: it belongs to the hub that it is first used on, ends with it, and costs no
/// descriptor and no timer while nobody asks.
///
/// In Python: `eventlet.support.greendns`.
public final class DNSResolver: Resolver {
  /// A question to the servers of one time: those of a later one are asked anew.
  private struct Exchange: Hashable {
    let generation: Int
    let question: DNSQuestion
  }

  let configuration: Configuration
  private let hostsFile: HostsFileReader?
  private var cache: DNSCache
  private var servers: DNSServers?
  private let readings = SharedCalls<Int, DNSServers> { _ in NameError("", .temporary) }
  private let exchanges = SharedCalls<Exchange, DNSAnswer> {
    NameError($0.question.name, .temporary)
  }
  /// For servers that take turns.
  private var questionCount = 0
  /// Changes when what was read or asked before is not to be kept any more.
  private var generation = 0
  /// Whether ``close()`` was called.
  public private(set) var isClosed = false

  /// Creates a resolver; reads and opens nothing yet.
  /// - Parameter configuration: That of the machine by default.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    cache = DNSCache(size: configuration.cacheSize)
    hostsFile = configuration.hostsFile.map {
      HostsFileReader(path: $0, lifetime: configuration.hostsFileLifetime)
    }
  }

  /// Creates a resolver that asks these name servers; all else is of the machine.
  /// - Parameter servers: With their ports, in the order in which they are asked.
  public convenience init(servers: [SocketAddress]) {
    var configuration = Configuration()
    configuration.servers = servers
    self.init(configuration)
  }

  /// Forgets all answers, and reads the hosts file and the configuration again at the next use.
  ///
  /// Who waits for an answer gets it; it is not kept, and who asks the same from now on does not
  /// wait for it.
  ///
  /// In Python: `ResolverProxy.clear`, `greendns.reset`.
  public func clear() {
    generation += 1
    cache.removeAll()
    servers = nil
    hostsFile?.clear()
  }

  /// Ends the resolver.
  ///
  /// Who waits for an answer gets a ``/EventletNet/NameError`` with
  /// ``/EventletNet/NameError/Reason/closed``, and so does who asks later. Never switches. May be
  /// called twice; a resolver that nobody holds any more need not be closed.
  public func close() {
    isClosed = true
    clear()
    exchanges.endAll { NameError($0.question.name, .closed) }
    readings.endAll { _ in NameError("", .closed) }
  }

  func requireOpen(_ name: String) throws {
    if isClosed { throw NameError(name, .closed) }
  }

  /// How many answers are kept.
  var cachedCount: Int { cache.count }

  /// How many questions are on their way.
  package var pendingCount: Int { exchanges.count }

  func hosts() throws -> HostsFile { try hostsFile?.hosts() ?? HostsFile() }

  // MARK: Questions

  /// Whom to ask about `name`, which is what an error names.
  func currentServers(for name: String) throws -> DNSServers {
    if let servers { return servers }
    do { return try readServers() } catch let error as NameError {
      throw NameError(name, error.reason)
    }
  }

  private func readServers() throws -> DNSServers {
    let servers = try readings.value(
      for: generation, name: "read \(configuration.resolvConf)", timeout: nil, on: .shared
    ) { [self, generation] call in
      let fresh = try call.execute { [configuration] in try DNSServers(filling: configuration) }
      if generation == self.generation { self.servers = fresh }
      return fresh
    }
    // Without a limit there is a result.
    guard let servers else { throw NameError("", .temporary) }
    return servers
  }

  /// The answer to one question, kept or new.
  func answer(to question: DNSQuestion) throws -> DNSAnswer {
    try requireOpen(question.name)
    if let answer = cachedAnswer(to: question) { return answer }
    let answer = try exchanges.value(
      for: Exchange(generation: generation, question: question),
      name: "resolve \(question.name)", timeout: nil
    ) { [self, generation] in try ask(question, generation) }
    guard let answer else { throw NameError(question.name, .temporary) }
    return answer
  }

  /// Lets a question that is on its way go on when nobody waits for it, so that its answer is kept.
  func keepAsking(_ question: DNSQuestion) {
    exchanges.keep(Exchange(generation: generation, question: question))
  }

  func cachedAnswer(to question: DNSQuestion) -> DNSAnswer? {
    cache.answer(to: question, at: Hub.current.now)
  }

  private func ask(_ question: DNSQuestion, _ generation: Int) throws -> DNSAnswer {
    let servers = try currentServers(for: question.name).rotated(by: questionCount)
    questionCount &+= 1
    let (bytes, reason) = try DNSExchange.ask(question, servers)
    let message: DNSMessage
    do { message = try DNSMessage(parsing: bytes) } catch {
      throw NameError(question.name, .badResponse)
    }
    let answer = DNSAnswer(message, to: question, reason, at: Hub.current.now)
    if generation == self.generation { cache.store(answer, for: question) }
    return answer
  }
}
