/// A key of a ``DAGPool`` that is used otherwise than can be.
public enum DAGPoolError: Error, CustomStringConvertible {
  /// The key has a value, or a function that makes one.
  ///
  /// In Python: `dagpool.Collision`.
  case collision(key: any Hashable & Sendable)
  /// No function runs for the key.
  ///
  /// In Python: `KeyError`.
  case unknownKey(any Hashable & Sendable)

  /// The key, and what is wrong with it.
  public var description: String {
    switch self {
    case .collision(let key): "key \(key): has a value already, or a function that makes one"
    case .unknownKey(let key): "key \(key): no function runs for it"
    }
  }
}

/// What stands in place of a value of a ``DAGPool`` whose function failed.
///
/// Whoever takes the value gets this error, so a failure goes along the graph: the error of a function
/// that needed the value holds this one, and so on.
///
/// ```swift
/// do { try dag.waitAll() } catch let failure as PropagateError { print(failure.error) }
/// ```
///
/// In Python: `dagpool.PropagateError`.
public struct PropagateError: Error, CustomStringConvertible {
  /// The key whose function failed.
  public let key: any Hashable & Sendable
  /// The error that ended it; another `PropagateError` if a value that it needed was missing.
  public let error: any Error

  /// Creates an error.
  /// - Parameters:
  ///   - key: The key whose function failed.
  ///   - error: The error that ended it.
  public init(key: any Hashable & Sendable, error: any Error) {
    self.key = key
    self.error = error
  }

  /// The keys from the one that was asked for to the one that failed first, and its error.
  public var description: String { "key \(key): \(error)" }
}
