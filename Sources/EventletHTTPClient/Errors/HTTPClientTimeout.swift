public import EventletCore

/// A request that took longer than one of its limits.
///
/// ``HTTPClient/Timeouts`` has the limits. That of a scope, `withTimeout`, throws a
/// ``/EventletCore/Timeout`` instead; all are ``/EventletCore/TimeoutError``s.
///
/// In Python: `requests.ConnectTimeout`, `requests.ReadTimeout`.
public struct HTTPClientTimeout: TimeoutError, Hashable, Sendable, CustomStringConvertible {
  /// What was waited for.
  public enum Phase: String, Hashable, Sendable {
    /// The host's address.
    case nameLookUp
    /// A connection that is free, of those that there may be.
    case connection
    /// A new connection.
    case connect
    /// The agreement on TLS.
    case tls
    /// That the server takes the body.
    case sending
    /// The head of the answer.
    case head
    /// A piece of the answer's body.
    case body
    /// The end of the pause before the request is sent again.
    case pause
  }

  /// What was waited for when the time was over.
  public let phase: Phase
  /// Whether it was the limit of the whole request, and not that of the phase.
  public let isWhole: Bool
  /// The limit that was passed.
  public let limit: Duration
  /// What was asked for, without a password.
  public let url: String

  init(phase: Phase, isWhole: Bool, limit: Duration, url: String) {
    self.phase = phase
    self.isWhole = isWhole
    self.limit = limit
    self.url = URLCredentials.removed(from: url)
  }

  /// What – on what – why.
  public var description: String {
    let what =
      switch phase {
      case .nameLookUp: "no address of the host"
      case .connection: "no free connection"
      case .connect: "no connection"
      case .tls: "no agreement on TLS"
      case .sending: "the server takes no more of the body"
      case .head: "no answer"
      case .body: "no more of the body"
      case .pause: "no further try"
      }
    return "\(url): \(what) after \(limit)\(isWhole ? " in all" : "")"
  }
}
