/// An item that is nothing but itself: no two are equal.
///
/// In Python: `eventlet.pools.Token`.
public final class PoolToken: Hashable, Sendable {
  init() {}

  /// Whether both are the same token.
  public static func == (left: PoolToken, right: PoolToken) -> Bool { left === right }

  /// Hashes the token's identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A pool of opaque tokens, for when only their number matters.
///
/// ```swift
/// let tokens = TokenPool(maxSize: 3)
/// try tokens.withItem { _ in try query() }
/// ```
///
/// In Python: `eventlet.pools.TokenPool`.
public typealias TokenPool = Pool<PoolToken>

extension Pool where Item == PoolToken {
  /// Creates a pool of tokens.
  ///
  /// Traps when `maxSize` is negative.
  /// - Parameter maxSize: The most tokens that may be out; 4 by default.
  public convenience init(maxSize: Int = 4) {
    self.init(maxSize: maxSize, order: .fifo, unfilled: { PoolToken() })
  }
}
