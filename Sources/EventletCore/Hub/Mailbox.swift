internal import CEventletCore
internal import Glibc
internal import Synchronization

/// Where other OS threads leave calls for a hub.
///
/// ``HubReference`` is the public door to it, and counts as somebody who may still post; who holds
/// the mailbox itself does not.
@usableFromInline
package final class Mailbox: Sendable {
  enum Mail: Sendable {
    case call(@Sendable () -> Void)
    case job(UnownedJob, JobGreenThread.Home)
  }

  private struct State {
    var mail: [Mail] = []
    var isClosed = false
  }

  private let state = LockedState(State())
  /// Set with each job and cleared when the hub collects, so that the hub can
  /// look without a lock between any two batches.
  private let mail = Atomic<Bool>(false)
  /// Whether the hub is about to wait in the kernel and needs the eventfd.
  private let isWaiting = Atomic<Bool>(false)
  let eventDescriptor: Int32
  let wakes = RemoteWakes()
  /// What its hub has instead since a fork, in the child: the address, or 0.
  private let successor = Atomic<UInt>(0)

  init() throws {
    eventDescriptor = ev_eventfd_create()
    guard eventDescriptor >= 0 else { throw SystemError(call: "eventfd") }
  }

  deinit { close(eventDescriptor) }

  /// See ``HubReference/post(_:)``.
  @discardableResult
  package func post(_ call: @escaping @Sendable () -> Void) -> Bool { accept(.call(call)) }

  /// - Returns: false when the hub is gone.
  func accept(_ item: Mail) -> Bool {
    let accepted = state.withLock { state in
      guard !state.isClosed else { return false }
      state.mail.append(item)
      return true
    }
    guard accepted else { return false }
    nudge()
    return true
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

  // MARK: Fork

  /// In a forked child: who still knows this one, a waiter of the hub's, finds `mailbox`.
  ///
  /// Which is not retained, because the hub keeps it for longer than it has waiters.
  func retire(for mailbox: Mailbox) {
    successor.store(
      UInt(bitPattern: Unmanaged.passUnretained(mailbox).toOpaque()), ordering: .releasing)
  }

  /// The one that its hub has in this process.
  var latest: Mailbox {
    let address = successor.load(ordering: .acquiring)
    guard let next = UnsafeRawPointer(bitPattern: address) else { return self }
    return Unmanaged<Mailbox>.fromOpaque(next).takeUnretainedValue().latest
  }

  // MARK: The end

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
