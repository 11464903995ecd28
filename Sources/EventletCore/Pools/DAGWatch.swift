/// Somebody's waiting for the values of some keys of a ``DAGPool``.
final class DAGWatch<Key: Hashable> {
  private(set) var missing: Set<Key> = []
  /// Keys that have a value and were not taken.
  private let arrivals = LightQueue<Key>()
  /// Keys that were not taken, less those for which somebody waits.
  private var unclaimed = 0

  func add(_ key: Key, isThere: Bool) {
    unclaimed += 1
    if isThere { arrivals.store(key) } else { missing.insert(key) }
  }

  func arrived(_ key: Key) {
    missing.remove(key)
    arrivals.store(key)
  }

  var mustWait: Bool { arrivals.isEmpty && unclaimed > 0 }

  /// Waits for the next key.
  /// - Returns: nil when all have been taken.
  func next() throws -> Key? {
    guard unclaimed > 0 else { return nil }
    unclaimed -= 1
    do { return try arrivals.get() } catch {
      unclaimed += 1
      throw error
    }
  }
}
