/// A body that runs on a green thread which runs something else already.
///
/// An error that leaves the body belongs to the body, unless a kill or timeout was meant for the
/// green thread: that must reach what runs around the body too. Kills always are, since the body has
/// no handle yet; limits of time are if they were started before the body.
struct InlineRun {
  /// The hub's count of timers when the body began.
  let began: UInt64
  /// Errors from outside the body that were thrown into it.
  var interruptions = 0
}

extension AnyGreenThread {
  /// Calls `body` on this green thread, which is the running one.
  /// - Returns: whether a kill or timeout from outside the body was thrown into it.
  final func runInline(_ body: () -> Void) -> Bool {
    beginInlineRun()
    body()
    return extras.inlineRuns.removeLast().interruptions > 0
  }

  /// Calls `body` on this green thread, which is the running one, so that `body` can ask for
  /// ``outsideInterruptionCount``.
  package final func withInlineRun<Result>(_ body: () throws -> Result) rethrows -> Result {
    beginInlineRun()
    defer { extras.inlineRuns.removeLast() }
    return try body()
  }

  /// How many kills and timeouts that were not begun in what runs inline were thrown into it.
  package final var outsideInterruptionCount: Int {
    hasExtras ? extras.inlineRuns.last?.interruptions ?? 0 : 0
  }

  private func beginInlineRun() {
    extras.inlineRuns.append(InlineRun(began: hub.timerSequence))
    // Not all that the body may begin has a timer, and all of it has to count as younger.
    hub.timerSequence &+= 1
  }

  /// Counts an error that is thrown into this green thread, or that was thrown and is kept for later.
  final func countInterruption(from source: Interruption.Source?, by change: Int) {
    // Kills and timeouts are kept there, so that there are extras.
    let extras = extras
    for index in extras.inlineRuns.indices
    where source.map({ $0.started <= extras.inlineRuns[index].began }) ?? true {
      extras.inlineRuns[index].interruptions += change
    }
  }

  /// Runs the body of this green thread, which was not started, on the running green thread.
  /// - Throws: the error of a kill or timeout of the running one, or what the body made of it.
  ///   The body's own errors are stored, as those of any green thread.
  @usableFromInline
  final func runInline() throws {
    let caller = hub.running.unsafelyUnwrapped.takeUnretainedValue()
    hasStarted = true
    state = .running
    let locals = caller.locals
    caller.locals = [:]
    let wasInterrupted = caller.runInline { runBody() }
    caller.locals = locals
    state = error == nil ? .succeeded : .failed
    guard let error else { return }
    if wasInterrupted {
      isErrorObserved = true
      throw error
    }
    if isDiscarding, !(error is GreenThreadExit) {
      isErrorObserved = true
      UncaughtError.report(error, of: self)
    }
  }
}
