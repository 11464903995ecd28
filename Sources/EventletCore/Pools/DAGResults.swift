/// Values of a ``DAGPool`` as they come.
///
/// ```swift
/// while let (key, value) = try results.next() { print(key, value) }
/// ```
///
/// In the order in which they come; those that are there already come first, in the order in which they
/// were asked for. Not `Sendable`.
///
/// In Python: what `DAGPool.wait_each` returns, and what a function gets as `results`.
public final class DAGResults<Key: Hashable & Sendable, Element> {
  private let take: () throws -> (key: Key, value: Element)?
  private let leave: () -> Void

  init(
    taking take: @escaping () throws -> (key: Key, value: Element)?,
    leaving leave: @escaping () -> Void
  ) {
    self.take = take
    self.leave = leave
  }

  deinit { leave() }

  /// Waits for the next value.
  ///
  /// - Returns: The key and its value; nil when all have been taken.
  /// - Throws: ``PropagateError`` in place of a value whose function failed, after which the next
  ///   follows; what a kill or timeout throws, and then no value is lost; ``HubError/selfWait(_:)`` if
  ///   only the value of the function that calls is left, which it would wait for in vain.
  public func next() throws -> (key: Key, value: Element)? { try take() }

  /// Calls `body` with each key and value.
  ///
  /// - Throws: as ``next()``; what `body` throws. What is left can be taken afterwards.
  public func forEach(_ body: (Key, Element) throws -> Void) throws {
    while let (key, value) = try next() { try body(key, value) }
  }

  /// Waits for all values.
  ///
  /// - Returns: The values by key.
  /// - Throws: as ``next()``.
  public func collect() throws -> [Key: Element] {
    var all: [Key: Element] = [:]
    while let (key, value) = try next() { all[key] = value }
    return all
  }
}
