internal import EventletCore
internal import EventletNet

/// How far a heartbeat is.
struct HeartbeatState {
  var timer: HubTimer?
  /// When the next step is due.
  var due: Nanoseconds = .never
  /// What had come when it was last looked at.
  var knownActivity = 0
  /// Whether the peer has been asked, and has sent nothing since.
  var isAsking = false
}

extension WebSocket {
  func startHeartbeat() {
    guard let interval = configuration.heartbeat?.interval else { return }
    beat(after: interval)
  }

  private func beat(after time: Duration) {
    heartbeat.due = Hub.current.deadline(after: time)
    armHeartbeat()
  }

  /// The next step, or a look at what has come before if nobody receives: a ping that waits for so long
  /// could cost the connection.
  private func armHeartbeat() {
    guard let times = configuration.heartbeat else { return }
    let now = Hub.current.now
    let look = now + min(times.interval, times.timeout).nanoseconds / 4
    let time = isBeingRead ? heartbeat.due : min(heartbeat.due, look)
    // SAFETY: cancelled before this goes. A weak reference would make every other one slower.
    heartbeat.timer = Hub.current.schedule(after: .nanoseconds(max(0, time - now))) {
      [unowned(unsafe) self] in beat()
    }
  }

  private func beat() {
    if end != nil { return }
    if isBeingRead || hasUnreceived { return step() }
    GreenThread.spawnDiscarding(name: "heartbeat of \(self)") { [self] in
      try readArrived()
      step()
    }
  }

  private func step() {
    if end != nil { return }
    if Hub.current.now < heartbeat.due { armHeartbeat() } else { judge() }
  }

  private func judge() {
    guard let times = configuration.heartbeat else { return }
    let isAlive = activity != heartbeat.knownActivity || !isBeingRead && hasUnreceived
    heartbeat.knownActivity = activity
    if isAlive {
      heartbeat.isAsking = false
      beat(after: times.interval)
    } else if heartbeat.isAsking {
      lose("nothing came for \(times.interval), and no pong for \(times.timeout)")
      closeStream()
    } else {
      heartbeat.isAsking = true
      outbox.setPing(frame(.ping, []))
      drain()
      beat(after: times.timeout)
    }
  }

  // MARK: What comes while nobody receives

  /// How often who sends and does not receive has somebody look at what has come.
  private static let lookInterval: Nanoseconds = 1_000_000_000

  /// Whether there is a message that the program has not received: then no more is read.
  private var hasUnreceived: Bool { !unreceived.isEmpty }

  /// Somebody sends, and nobody receives.
  func lookNowAndThen() {
    sendsSinceRead &+= 1
    // As a rule it is the answer to what was just received.
    if sendsSinceRead < 2 || hasUnreceived { return }
    let now = Hub.current.now
    if nextLook == .never { nextLook = now + Self.lookInterval }
    if now < nextLook { return }
    nextLook = now + Self.lookInterval
    GreenThread.spawnDiscarding(name: "look at \(self)") { [self] in try readArrived() }
  }

  private func readArrived() throws {
    do {
      while !isBeingRead, !hasEndedReceiving, !hasUnreceived {
        if let message = try read(until: Hub.current.now) { keep(message) }
      }
    } catch is IOTimeout {
      // There is no more.
    }
  }
}
