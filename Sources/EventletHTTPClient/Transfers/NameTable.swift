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
  private static let lifetime: Duration = .seconds(60)
  private static let mostEntries = 1000

  private let resolver: (any Resolver)?
  private var expirations: [Key: Nanoseconds] = [:]

  init(_ resolver: (any Resolver)?) { self.resolver = resolver }

  /// What to tell libcurl of a host before it connects to it; nil if it knows already.
  ///
  /// May switch.
  func entry(for host: String, port: UInt16, timeout: Duration?) throws -> String? {
    guard IPAddress(parsing: host) == nil else { return nil }
    let key = Key(host: host, port: port)
    let now = Hub.current.now
    if let expiration = expirations[key], now < expiration { return nil }
    let addresses = try (resolver ?? Hub.current.resolver).resolve(host, timeout: timeout)
    if expirations.count >= Self.mostEntries { expirations = [:] }
    expirations[key] = Hub.current.deadline(after: Self.lifetime)
    let texts = addresses.map { $0.family == .ipv6 ? "[\($0)]" : "\($0)" }
    return "\(host):\(port):\(texts.joined(separator: ","))"
  }

  /// Nobody could be reached there.
  func forget(_ host: String, port: UInt16) { expirations[Key(host: host, port: port)] = nil }
}
