internal import EventletCore
internal import EventletNet

extension HTTPConnection {
  /// For how long an idle connection keeps its memory.
  private static let timeToKeepBuffers: Nanoseconds = 1_000_000_000

  /// It waits for a request from now on.
  func watchIdleness() {
    idleSince = Hub.current.now
    // What is armed is due soon, unless the connection was idle for longer before.
    if watch != nil, watchTime <= idleSince + Self.timeToKeepBuffers { return }
    look(at: idleSince + min(Self.timeToKeepBuffers, idleLimit))
  }

  private var idleLimit: Nanoseconds {
    server.configuration.timeouts.idle.map { min($0.nanoseconds, .max / 4) } ?? .max / 4
  }

  private func look(at time: Nanoseconds) {
    watch?.cancel()
    watchTime = time
    watch = Hub.current.schedule(after: .nanoseconds(time - Hub.current.now)) { [self] in
      watch = nil
      // One that is busy asks for it when it becomes idle.
      if case .idle = phase { lookAtIdleness() }
    }
  }

  private func lookAtIdleness() {
    let idle = Hub.current.now - idleSince
    if idle >= idleLimit {
      server.log(
        debug: "\(info.peerName): timed out, no request in \(Duration.nanoseconds(idleLimit))")
      return endWaiting()
    }
    if idle >= Self.timeToKeepBuffers {
      giveBackBuffers()
      // A handler may have gone deep: most connections are idle most of the time.
      thread.trimStack()
      if server.configuration.timeouts.idle != nil { look(at: idleSince + idleLimit) }
    } else {
      look(at: idleSince + min(Self.timeToKeepBuffers, idleLimit))
    }
  }

  /// Ends the waiting for a request; one that has begun to arrive is served still.
  ///
  /// The socket is not shut down: the rest of such a request would be lost.
  func endWaiting() {
    isEnding = true
    if idleInterrupter != nil { return }
    let interrupter = Interrupter(of: thread)
    idleInterrupter = interrupter
    interrupter.interruptLater(StopServing())
  }

  /// It waits no more.
  func endInterrupting() {
    guard let idleInterrupter else { return }
    self.idleInterrupter = nil
    idleInterrupter.withdraw()
  }
}
