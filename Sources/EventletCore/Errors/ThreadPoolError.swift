/// What a ``ThreadPool`` could not do.
public enum ThreadPoolError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The pool was being shut down, or was shut down before the job had ended.
  case shutDown

  /// A short text.
  public var description: String {
    switch self {
    case .shutDown: "the thread pool was shut down"
    }
  }
}
