import EventletCore
import EventletNet

/// Finds a host after a second, and says how often it was asked.
final class SlowResolver: Resolver {
  private let inner: FixedResolver
  private(set) var count = 0

  init(_ hosts: [String: [IPAddress]]) { inner = FixedResolver(hosts) }

  func entry(of name: HostName, family: IPAddress.Family?, timeout: Duration?) throws -> HostEntry {
    count += 1
    try GreenThread.sleep(for: .seconds(1))
    return try inner.entry(of: name, family: family, timeout: timeout)
  }
}
