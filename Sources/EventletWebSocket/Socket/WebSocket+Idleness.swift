internal import EventletCore

extension WebSocket {
  /// After how long without anything a connection counts as idle.
  private static let idleTime = Duration.seconds(1)

  /// Somebody waits for what comes.
  ///
  /// One timer that is armed once in a while: to arm and cancel one for each message would cost more.
  func watchIdleness() {
    let known = activity
    // SAFETY: cancelled before this goes. A weak reference would make every other one slower.
    idleTimer = Hub.current.schedule(after: Self.idleTime) { [unowned(unsafe) self] in
      idleTimer = nil
      if !isBeingRead { return }
      // The handler may have gone deep: most connections are idle most of the time.
      if activity == known { receiver?.trimStack() } else { watchIdleness() }
    }
  }
}
