internal import CEventletCore

/// This OS thread's hub, as the waiting primitives use it: without the reference counting that a
/// strong reference costs, which is a measurable part of a wait.
///
/// The record of the OS thread retains the hub, and whoever waits on a hub keeps it from being
/// destroyed by being one of its green threads. Not to be stored.
@usableFromInline
package struct CurrentHub {
  private let hub: Unmanaged<Hub>

  @usableFromInline
  package init() {
    if let hub = ev_current_hub() {
      self.hub = .fromOpaque(hub)
    } else {
      hub = .passUnretained(Hub.makeCurrent())
    }
  }

  /// Throws if the caller must not or cannot wait: it runs on the hub's own stack, or a kill or
  /// timeout is due to it.
  ///
  /// Comes first in every blocking call, before the call has taken anything.
  /// - Returns: The place in line of the running green thread.
  @usableFromInline
  package func nodeForWaiting(_ call: StaticString) throws -> WaitQueue.Node {
    try hub._withUnsafeGuaranteedRef {
      try $0.checkBeforeWaiting(call)
      return $0.currentNode
    }
  }

  /// See ``Hub/park(_:subject:until:)``.
  @usableFromInline
  package func park(
    _ reason: AnyGreenThread.WaitReason, subject: Int = 0, until deadline: Nanoseconds = .never
  ) throws -> Bool {
    try hub._withUnsafeGuaranteedRef { try $0.park(reason, subject: subject, until: deadline) }
  }

  /// See ``Hub/parkUninterrupted(_:_:subject:)``.
  func parkUninterrupted(
    _ node: WaitQueue.Node, _ reason: AnyGreenThread.WaitReason, subject: Int
  ) {
    hub._withUnsafeGuaranteedRef { $0.parkUninterrupted(node, reason, subject: subject) }
  }

  @usableFromInline
  package func deadline(after timeout: Duration?) -> Nanoseconds {
    guard let timeout else { return .never }
    return hub._withUnsafeGuaranteedRef { $0.deadline(after: timeout) }
  }

  /// See ``Hub/postpone(_:)``.
  @usableFromInline
  package func postpone(_ error: any Error) { hub._withUnsafeGuaranteedRef { $0.postpone(error) } }
}
