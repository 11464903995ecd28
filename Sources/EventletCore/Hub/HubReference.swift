internal import CEventletCore
internal import Glibc
internal import Synchronization

/// A hub as other OS threads see it: the one door through which they may reach it.
///
/// ```swift
/// let hub = Hub.current.reference
/// nonisolated(unsafe) let done = Event<Int>()
/// startOSThread {
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
  enum Mail: Sendable {
    case call(@Sendable () -> Void)
    case job(UnownedJob, isIsolated: Bool)
  }

  private struct State {
    var mail: [Mail] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  let wakes = RemoteWakes()
  /// Set with the first item and cleared when the hub collects, so that the hub
  /// can look without a lock between any two batches.
  private let mail = Atomic<Bool>(false)
  /// Whether the hub is about to wait in the kernel and needs the eventfd.
  private let isWaiting = Atomic<Bool>(false)
  let eventDescriptor: Int32

  init() throws {
    eventDescriptor = ev_eventfd_create()
    guard eventDescriptor >= 0 else { throw SystemError(call: "eventfd") }
  }

  deinit { close(eventDescriptor) }

  /// Has the hub make a call, on its own stack, in its next turn.
  ///
  /// May be called on any OS thread, in any context but a signal handler; never
  /// blocks. Calls are made in the order posted. The call must not block; it may
  /// spawn a green thread that does.
  /// - Returns: false when the hub is gone and the call will not be made.
  @discardableResult
  public func post(_ call: @escaping @Sendable () -> Void) -> Bool { accept(.call(call)) }

  /// - Returns: false when the hub is gone.
  func accept(_ item: Mail) -> Bool {
    let accepted = state.withLock { state in
      guard !state.isClosed else { return false }
      state.mail.append(item)
      return true
    }
    if accepted { nudge() }
    return accepted
  }

  /// Has the hub take a turn.
  func nudge() {
    // Sequentially consistent, against the same pair in `prepareToWait`: either
    // the hub sees the mail, or we see it waiting.
    mail.store(true, ordering: .sequentiallyConsistent)
    if isWaiting.exchange(false, ordering: .sequentiallyConsistent) {
      ev_eventfd_notify(eventDescriptor)
    }
  }

  var hasMail: Bool { mail.load(ordering: .relaxed) }

  /// - Returns: false when there is mail and the hub must not wait.
  func prepareToWait() -> Bool {
    isWaiting.store(true, ordering: .sequentiallyConsistent)
    if mail.load(ordering: .sequentiallyConsistent) {
      isWaiting.store(false, ordering: .sequentiallyConsistent)
      return false
    }
    return true
  }

  func finishWaiting() { isWaiting.store(false, ordering: .sequentiallyConsistent) }

  func collect() -> [Mail] {
    mail.store(false, ordering: .sequentiallyConsistent)
    return state.withLock { state in
      let mail = state.mail
      state.mail = []
      return mail
    }
  }

  /// Accepts no more.
  /// - Returns: what was not collected.
  func shutDown() -> [Mail] {
    state.withLock { state in
      state.isClosed = true
      let mail = state.mail
      state.mail = []
      return mail
    }
  }
}
