extension AnyGreenThread {
  /// Throws ``GreenThreadExit`` into this green thread where it waits.
  ///
  /// The target runs at once; the caller is queued and goes on after the green
  /// threads that were ready before. So the target's `defer`s have run when
  /// `kill` returns, unless they wait themselves. A target that catches the
  /// error and waits again survives, and may be killed again. Called by a link,
  /// whose green thread has ended, it returns first and the target runs later.
  ///
  /// One inside ``withShield(upTo:_:)`` gets the error at its first wait after that.
  /// One that has not started never will. One that has ended is left alone. A
  /// green thread that kills itself just gets the error thrown.
  /// - Throws: the error, when the caller kills itself; whatever kills or times
  ///   out the caller meanwhile.
  ///
  /// In Python: `eventlet.kill`, `GreenThread.kill`.
  public final func kill() throws { try kill(throwing: GreenThreadExit()) }

  /// As ``kill()``, with another error, which the target's ``GreenThread/wait()``
  /// throws if it lets it pass.
  ///
  /// In Python: `GreenThread.kill(error)`.
  public final func kill(throwing error: any Error) throws { try kill(throwing: error, depth: 0) }

  final func kill(throwing error: any Error, depth: Int) throws {
    if isFinished { return }
    let hub = Hub.current
    hub.requireOwnership(of: self)
    if !hasStarted {
      endUnstarted(error)
      return
    }
    if state == .running, !hub.isInHub { throw error }
    let passes = hub.interrupt(self, with: error, depth: depth)
    // From a link: the caller has ended and cannot go on after a switch.
    if !passes || hub.isRunningEnded { return }
    // Out of the line of ready ones (`interrupt` has put it there, if it was
    // not there before), since it runs now.
    hub.removeReady(self)
    hub.runNow(self)
    if !hub.mustNotWait { try hub.checkAfterSwitch() }
  }

  /// Ends this green thread if it has not started yet.
  ///
  /// Does nothing otherwise.
  ///
  /// Then the body is never called, and ``GreenThread/wait()`` throws
  /// ``GreenThreadExit``. Never switches.
  ///
  /// In Python: `eventlet.cancel`, `GreenThread.cancel`.
  public final func cancel() { cancel(throwing: GreenThreadExit()) }

  /// As ``cancel()``, with another error, which ``GreenThread/wait()`` throws.
  public final func cancel(throwing error: any Error) {
    if hasStarted || isFinished { return }
    Hub.current.requireOwnership(of: self)
    endUnstarted(error)
  }

  final func endUnstarted(_ error: any Error) {
    let wasReady = state == .ready
    if let startTimer {
      startTimer.cancel()
      self.startTimer = nil
    }
    if wasReady { hub.removeReady(self) }
    fail(error)
  }
}
