/// Misuse of a hub, or a state from which nothing can go on.
public enum HubError: Error, CustomStringConvertible {
  /// A blocking call inside a timer's call or posted work, which runs on the
  /// hub's own stack and would stop everything. Holds the name of the call.
  case blockingCallInHub(String)
  /// Two green threads use the same direction of one descriptor: `read` or
  /// `write`, the descriptor, who is there already, and who came second.
  ///
  /// The descriptor is -1 for a stream that is no socket. Thrown to the second,
  /// before it has moved a byte; the first is not disturbed. See
  /// ``Hub/preventsMultipleReaders``.
  case secondWaiter(direction: String, descriptor: Int32, first: String, second: String)
  /// Another green thread closed the descriptor while this one waited for it.
  case closedWhileWaiting(descriptor: Int32)
  /// A green thread that waits for itself would wait for ever. Holds its
  /// description.
  case selfWait(String)
  /// Every green thread waits and nothing can ever wake one.
  ///
  /// Thrown in the main green thread. Holds ``Hub/dump(hidingLibraryFrames:)``.
  case deadlock(String)
  /// An argument that makes no sense, such as a negative descriptor. Holds a text
  /// that says which.
  case invalidArgument(String)
  /// What this green thread waited for, or wanted to use, belongs to other OS threads of the process
  /// that this one was forked from.
  case lostInFork(String)
  /// The green thread belongs to a hub that was destroyed.
  case hubDestroyed

  /// What happened, and what to do instead.
  public var description: String {
    switch self {
    case .blockingCallInHub(let call):
      "\(call): blocking calls are not allowed in hub callbacks (timers, links, posted work); "
        + "spawn a green thread there"
    case .secondWaiter(let direction, let descriptor, let first, let second):
      "second simultaneous \(direction) of "
        + (descriptor < 0 ? "a stream" : "descriptor \(descriptor)")
        + ": \(first) has not ended its own, \(second) came second; let one green thread own each "
        + "direction"
    case .closedWhileWaiting(let descriptor):
      "descriptor \(descriptor) was closed by another green thread"
    case .selfWait(let thread): "\(thread) waits for itself"
    case .deadlock(let report): "deadlock: no green thread can ever run again\n\(report)"
    case .invalidArgument(let text): text
    case .lostInFork(let what):
      "\(what): lost in a fork: of its parent's OS threads a child has only the one that forked"
    case .hubDestroyed: "the hub was destroyed"
    }
  }
}
