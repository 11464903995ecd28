/// A call that a hub makes once, later.
///
/// ```swift
/// let timer = Hub.current.schedule(after: .seconds(5)) { print("five seconds") }
/// timer.cancel()
/// ```
///
/// The callback runs on the hub's own stack and must not block; it may spawn,
/// send, put without waiting, and kill. Not `Sendable`: a timer belongs to its hub.
///
/// In Python: `hub.schedule_call_global`, `hubs.timer.Timer`.
public final class HubTimer {
  enum Action {
    /// End the wait of a green thread with "timed out".
    case wake(Unmanaged<AnyGreenThread>)
    case call(() throws -> Void)
    /// Make a green thread ready that was spawned with a delay.
    case start(Unmanaged<AnyGreenThread>)
    /// Interrupt a green thread whose time is over. Attached to it, so it is alive.
    case limit(Timeout, Unmanaged<AnyGreenThread>)
    case none
  }

  var deadline: Nanoseconds = .never
  var sequence: UInt64 = 0
  /// Position in the hub's heap, -1 while not armed.
  ///
  /// The heap retains an armed timer.
  var heapIndex = -1
  var action: Action
  unowned(unsafe) let hub: Hub
  /// Return addresses of whoever scheduled it, if the hub records them.
  var armedBy: [UInt] = []
  /// Where the green thread runs whose end cancels this timer.
  var owner: UnsafeMutablePointer<Fiber>?
  var ownerNext: Unmanaged<HubTimer>?
  var ownerPrevious: Unmanaged<HubTimer>?

  init(hub: Hub, action: Action) {
    self.hub = hub
    self.action = action
  }

  /// Whether the call is still to come.
  public var isPending: Bool { heapIndex >= 0 }

  /// Prevents the call.
  ///
  /// Does nothing after it was made or cancelled.
  public func cancel() {
    guard heapIndex >= 0 else { return }
    require(
      Hub.ifPresent === hub, "a timer or limit was cancelled on another OS thread than its own")
    hub.disarm(self)
    // What the call captured goes now, and not with the handle.
    switch action {
    case .call, .limit: action = .none
    case .wake, .start, .none: break
    }
  }

  /// Puts the timer among those that the end of `thread`, which runs, cancels.
  func attach(to thread: AnyGreenThread) {
    let fiber = thread.fiber.unsafelyUnwrapped
    owner = fiber
    ownerPrevious = nil
    ownerNext = fiber.pointee.localTimers
    ownerNext?._withUnsafeGuaranteedRef { $0.ownerPrevious = .passUnretained(self) }
    fiber.pointee.localTimers = .passUnretained(self)
  }

  func detachFromOwner() {
    guard let owner else { return }
    if let ownerPrevious {
      ownerPrevious._withUnsafeGuaranteedRef { $0.ownerNext = ownerNext }
    } else {
      owner.pointee.localTimers = ownerNext
    }
    ownerNext?._withUnsafeGuaranteedRef { $0.ownerPrevious = ownerPrevious }
    self.owner = nil
    ownerNext = nil
    ownerPrevious = nil
  }
}
