/// What a ``Pool`` could not do in time.
///
/// It says that time ran out, so that what handles a ``TimeoutError`` handles it.
public enum PoolError: TimeoutError, Hashable, Sendable, CustomStringConvertible {
  /// All items were in use, and none was put back in time.
  case exhausted

  /// A short text.
  public var description: String {
    switch self {
    case .exhausted: "no item of the pool became free in time"
    }
  }
}
