/// Is told when green threads end, however they end.
///
/// What a link does, at less cost: one observer serves any number of green threads, and nothing is
/// allocated for each. A green thread has one at most; it keeps it alive.
@usableFromInline
class EndObserver {
  /// Whose slots its green threads run in, if a pool's.
  var slots: PoolSlots? { nil }

  /// Called on the ending green thread, or by its killer if it never started; after its result is
  /// stored, before its links run and anybody who waits for it resumes.
  ///
  /// Must not switch, nor run a user's code.
  func greenThreadEnded(_ thread: AnyGreenThread) {}
}

extension Hub {
  /// Starts `thread`, whose end `observer` is told of.
  @usableFromInline
  static func begin(_ thread: AnyGreenThread, observer: EndObserver) {
    // Retained by hand: whoever starts has an end, which releases.
    thread.endObserver = .passRetained(observer)
    begin(thread)
  }
}

extension AnyGreenThread {
  /// The observer of this green thread, while it has not ended.
  final var observer: EndObserver? { endObserver?.takeUnretainedValue() }

  @inline(__always)
  final func tellObserver() {
    guard let observer = endObserver else { return }
    endObserver = nil
    observer._withUnsafeGuaranteedRef { $0.greenThreadEnded(self) }
    observer.release()
  }
}
