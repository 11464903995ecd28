/// An operation on a ``Channel`` that could not be done now, in time, or ever.
public enum ChannelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There was no room, and nobody waited to receive.
  case full
  /// There was no element.
  case empty
  /// The channel is closed, so nothing can be sent.
  case closed

  /// A short text.
  public var description: String {
    switch self {
    case .full: "channel full"
    case .empty: "channel empty"
    case .closed: "channel closed"
    }
  }
}
