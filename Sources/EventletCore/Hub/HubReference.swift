/// A hub as other OS threads see it: the one door through which they may reach it.
///
/// ```swift
/// let hub = Hub.current.reference
/// nonisolated(unsafe) let done = Event<Int>()
/// let other = try HubThread.start {
///   let sum = compute()
///   hub.post { done.send(sum) }
/// }
/// print(try done.wait())
/// ```
///
/// Green objects are not `Sendable`, so the compiler wants to be told that `done`
/// is only carried by the other OS thread and not used there.
///
/// As long as somebody outside holds the reference, a hub whose green threads
/// all wait is not a deadlock: it may still get mail.
public final class HubReference: Sendable {
  let mailbox: Mailbox

  init(_ mailbox: Mailbox) { self.mailbox = mailbox }

  // The hub may have gone to sleep in the belief that somebody would post.
  deinit { mailbox.nudge() }

  /// Has the hub make a call, on its own stack, in its next turn.
  ///
  /// May be called on any OS thread, in any context but a signal handler; never
  /// blocks. Calls are made in the order posted. The call must not block; it may
  /// spawn a green thread that does.
  /// - Returns: false when the hub is gone and the call will not be made.
  @discardableResult
  public func post(_ call: @escaping @Sendable () -> Void) -> Bool { mailbox.post(call) }
}
