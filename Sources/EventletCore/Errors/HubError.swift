/// Misuse of a hub, or a state from which nothing can go on.
public enum HubError: Error, CustomStringConvertible {
  /// A blocking call inside a timer's or link's callback, which runs on the
  /// hub's own stack and would stop everything.
  case blockingCallInHub(String)
  /// Two green threads wait for the same direction of one descriptor.
  /// - Parameters: the direction, the descriptor, who waits, and who came second.
  case secondWaiter(direction: String, descriptor: Int32, first: String, second: String)
  /// Another green thread closed the descriptor while this one waited for it.
  case closedWhileWaiting(descriptor: Int32)
  /// A green thread that waits for itself would wait for ever.
  case selfWait(String)
  /// Every green thread waits and nothing can ever wake one. Holds a report.
  case deadlock(String)
  /// An argument that makes no sense, such as a negative descriptor.
  case invalidArgument(String)
  /// The green thread belongs to a hub that was destroyed.
  case hubDestroyed

  /// What happened, and what to do instead.
  public var description: String {
    switch self {
    case .blockingCallInHub(let call):
      "\(call): blocking calls are not allowed in hub callbacks (timers, links, posted work); "
        + "spawn a green thread there"
    case .secondWaiter(let direction, let descriptor, let first, let second):
      "second simultaneous \(direction) of descriptor \(descriptor): \(first) already waits, "
        + "\(second) came second; let one green thread own each direction"
    case .closedWhileWaiting(let descriptor):
      "descriptor \(descriptor) was closed by another green thread"
    case .selfWait(let thread): "\(thread) waits for itself"
    case .deadlock(let report): "deadlock: no green thread can ever run again\n\(report)"
    case .invalidArgument(let text): text
    case .hubDestroyed: "the hub was destroyed"
    }
  }
}
