internal import EventletCore
internal import EventletNet

/// The addresses of hosts, so that libcurl need not look for them: it would do so on an OS thread, and
/// wait for that to end when the transfer is given up.
final class NameTable {
  private struct Key: Hashable {
    let host: String
    let port: UInt16
  }

  /// A name that changes its addresses is noticed after that.
  private struct Known {
    let hasSeveral: Bool
    let expiration: Nanoseconds
  }

  /// What a transfer needs of a host.
  struct Entry {
    /// What to tell libcurl before it connects; nil if it knows already.
    var text: String?
    /// Whether there are several addresses, among which the time to connect is to be shared.
    var hasSeveral = false
  }

  private static let lifetime: Duration = .seconds(60)
  private static let mostEntries = 1000

  private let resolver: (any Resolver)?
  private var known: [Key: Known] = [:]

  init(_ resolver: (any Resolver)?) { self.resolver = resolver }

  /// May switch.
  func entry(for host: String, port: UInt16, timeout: Duration?) throws -> Entry {
    let key = Key(host: host, port: port)
    let now = Hub.current.now
    if let entry = known[key], now < entry.expiration {
      return Entry(hasSeveral: entry.hasSeveral)
    }
    let addresses = try (resolver ?? Hub.current.resolver).resolve(host, timeout: timeout)
    if known.count >= Self.mostEntries { known = [:] }
    known[key] = Known(
      hasSeveral: addresses.count > 1, expiration: Hub.current.deadline(after: Self.lifetime))
    let texts = addresses.map { $0.family == .ipv6 ? "[\($0)]" : "\($0)" }
    return Entry(
      text: "\(host):\(port):\(texts.joined(separator: ","))", hasSeveral: addresses.count > 1)
  }

  /// Nobody could be reached there.
  func forget(_ host: String, port: UInt16) { known[Key(host: host, port: port)] = nil }
}
