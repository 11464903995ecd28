/// State that several OS threads share, and the lock that guards it.
///
/// As for ``BriefLock``: not for what waits, or calls anybody's code, a deinit included.
struct LockedState<State>: ~Copyable, @unchecked Sendable {
  // @unchecked Sendable because the state is touched with the lock held.

  private let lock = BriefLock()
  private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

  init(_ state: sending State) { self.state.initialize(to: state) }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// In a forked child, where an OS thread that is not there may hold the lock.
  ///
  /// Only for a state that is whole whatever it was doing.
  func renewLockInChild() { lock.renewInChild() }

  func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    lock.take()
    defer { lock.release() }
    return try body(&state.pointee)
  }
}
