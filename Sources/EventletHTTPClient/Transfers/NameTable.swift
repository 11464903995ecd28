internal import EventletCore
internal import EventletNet

/// The addresses of hosts, so that libcurl need not look for them: it would do so on an OS thread, past
/// the hub's resolver.
///
/// libcurl keeps what it is told for ever, so it is also told what to forget. No more names are known than
/// some, and those that a transfer needs.
final class NameTable {
  struct Key: Hashable {
    let host: String
    let port: UInt16
  }

  /// What a transfer needs of a host.
  final class Entry {
    fileprivate let key: Key
    fileprivate let addresses: String
    /// Whether there are several addresses, among which the time to connect is to be shared.
    let hasSeveral: Bool
    /// A name that changes its addresses is noticed after that.
    fileprivate let expiration: Nanoseconds
    fileprivate var isTold = false
    /// How many transfers may still connect to it.
    fileprivate var userCount = 0

    fileprivate init(_ key: Key, _ addresses: [IPAddress], expiration: Nanoseconds) {
      self.key = key
      let texts = addresses.map { $0.family == .ipv6 ? "[\($0)]" : "\($0)" }
      self.addresses = texts.joined(separator: ",")
      hasSeveral = addresses.count > 1
      self.expiration = expiration
    }
  }

  private static let lifetime: Duration = .seconds(60)
  private static let mostEntries = 1000

  private let resolver: (any Resolver)?
  private var known: [Key: Entry] = [:]
  /// What libcurl knows and need not any more.
  private var forgotten: [Key] = []

  init(_ resolver: (any Resolver)?) { self.resolver = resolver }

  /// May switch.
  func entry(for key: Key, timeout: Duration?) throws -> Entry {
    if let entry = known[key], Hub.current.now < entry.expiration { return entry }
    let addresses = try (resolver ?? Hub.current.resolver).resolve(key.host, timeout: timeout)
    if known.count >= Self.mostEntries { forgetUnused() }
    let entry = Entry(key, addresses, expiration: Hub.current.deadline(after: Self.lifetime))
    known[key] = entry
    return entry
  }

  /// Nobody could be reached there.
  func forget(_ key: Key) {
    guard let entry = known.removeValue(forKey: key), entry.userCount == 0 else { return }
    takeBack(entry)
  }

  private func forgetUnused() {
    for (key, entry) in known where entry.userCount == 0 {
      known[key] = nil
      takeBack(entry)
    }
  }

  private func takeBack(_ entry: Entry) {
    guard entry.isTold else { return }
    entry.isTold = false
    forgotten.append(entry.key)
  }

  // MARK: What libcurl is told

  /// Tells what a transfer needs and libcurl does not know yet, as lines of CURLOPT_RESOLVE.
  func tell(_ entries: [Entry], in list: inout CurlList) {
    for key in forgotten { list.append("-\(key.host):\(key.port)") }
    if !forgotten.isEmpty { forgotten = [] }
    for entry in entries {
      entry.userCount += 1
      guard !entry.isTold else { continue }
      entry.isTold = true
      list.append("\(entry.key.host):\(entry.key.port):\(entry.addresses)")
    }
  }

  /// A transfer that was told of them has ended.
  func release(_ entries: [Entry]) {
    for entry in entries {
      entry.userCount -= 1
      // Of one that there is anew, libcurl has the new addresses.
      if entry.userCount == 0, known[entry.key] == nil { takeBack(entry) }
    }
  }
}
