public import EventletCore

/// Asks the C library, as every other program on the machine does: hosts file, name servers,
/// whatever nsswitch.conf(5) says.
///
/// Its calls block, so they run on OS threads of a pool, by default ``pool``. Green threads that
/// ask for the same name at the same time share one call; whoever is killed or runs out of time
/// leaves, and when all have left a call that has not begun is dropped. One that runs goes on in
/// its OS thread, since nothing can end it, and who asks for the name meanwhile shares it: trying
/// again does not fill the pool. Nothing is kept: ask for a name after its call has ended, and it
/// is looked up again; caching is the business of the system's own daemon, or of `DNSResolver`.
///
/// ```swift
/// let entry = try SystemResolver().lookUp("localhost")
/// ```
///
/// In Python: the resolver with `EVENTLET_NO_GREENDNS=yes`.
public final class SystemResolver: Resolver {
  /// The pool of all hubs' resolvers: eight threads, apart from
  /// ``/EventletCore/ThreadPool/shared``, so that slow name servers hold up nothing but other
  /// names.
  public static let pool = ThreadPool(size: 8, name: "names")

  private struct Question: Hashable {
    let name: HostName
    let family: IPAddress.Family?
  }

  private let pool: ThreadPool
  private let lookUp: SystemLookUp
  private let entries = SharedCalls<Question, HostEntry> { NameError($0.name.text, .temporary) }
  private let names = SharedCalls<IPAddress, String> { NameError("\($0)", .temporary) }

  /// Creates a resolver.
  /// - Parameter pool: Where the calls run. Its size is how many names are looked up at once.
  public convenience init(pool: ThreadPool = SystemResolver.pool) {
    self.init(pool: pool, lookUp: .libc)
  }

  package init(pool: ThreadPool, lookUp: SystemLookUp) {
    self.pool = pool
    self.lookUp = lookUp
  }

  /// As ``Resolver/entry(of:family:timeout:)``, by getaddrinfo(3).
  ///
  /// The canonical name is the C library's, the order of the addresses that of RFC 6724. Throws
  /// ``/EventletCore/ThreadPoolError`` too, when the pool is shut down.
  public func entry(
    of name: HostName, family: IPAddress.Family?, timeout: Duration?
  ) throws -> HostEntry {
    let question = Question(name: name, family: family)
    let entry = try entries.value(
      for: question, name: "resolve \(name)", timeout: timeout, on: pool
    ) { [find = lookUp.entry] call in try call.execute { try find(name, family) } }
    guard let entry else { throw IOTimeout(operation: "resolve", subject: name.text) }
    return entry
  }

  /// As ``Resolver/names(of:timeout:)``, by getnameinfo(3), which gives one name.
  public func names(of address: IPAddress, timeout: Duration?) throws -> [String] {
    let name = try names.value(
      for: address, name: "resolve \(address)", timeout: timeout, on: pool
    ) { [find = lookUp.name] call in try call.execute { try find(address) } }
    guard let name else { throw IOTimeout(operation: "resolve", subject: "\(address)") }
    return [name]
  }
}
