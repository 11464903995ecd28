/// A queue operation that could not be done now, or in time.
public enum QueueError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There was no room. In Python: `queue.Full`.
  case full
  /// There was no item. In Python: `queue.Empty`.
  case empty
  /// `taskDone()` was called more often than items were put.
  case taskDoneTooOften

  /// A short text.
  public var description: String {
    switch self {
    case .full: "queue full"
    case .empty: "queue empty"
    case .taskDoneTooOften: "taskDone() called more often than items were put"
    }
  }
}
