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

  /// The next step, or before that a look at what has come if nobody receives: a ping that waits for so
  /// long could cost the connection.
  private func armHeartbeat() {
    guard let times = configuration.heartbeat else { return }
    let now = Hub.current.now
    let look = now + min(times.interval, times.timeout).nanoseconds / 4
    let time = min(heartbeat.due, look)
    // SAFETY: cancelled before this goes. A weak reference would make every other one slower.
    heartbeat.timer = Hub.current.schedule(after: .nanoseconds(max(0, time - now))) {
      [unowned(unsafe) self] in beat()
    }
  }

  private func beat() {
    if isEnding { return }
    if isBeingRead || isFull { return step() }
    GreenThread.spawnDiscarding(name: "heartbeat of \(self)") { [self] in
      try readArrived()
      step()
    }
  }

  /// The peer has a limit of its own from then on.
  private var isEnding: Bool { end != nil || sentClose != nil }

  private func step() {
    if isEnding { return }
    if Hub.current.now < heartbeat.due { armHeartbeat() } else { judge() }
  }

  private var isSendingHeldUp: Bool { frameTurn.isLocked || !outbox.isEmpty }

  private func judge() {
    guard let times = configuration.heartbeat else { return }
    // Who has sent more than the program looks at may be there; who takes nothing either is not.
    let isAlive = activity != heartbeat.knownActivity || isFull && !isSendingHeldUp
    heartbeat.knownActivity = activity
    if isAlive {
      heartbeat.isAsking = false
      beat(after: times.interval)
    } else if heartbeat.isAsking {
      lose("nothing came for \(times.interval), and no pong for \(times.timeout)")
    } else {
      heartbeat.isAsking = true
      outbox.setPing(frame(.ping, []))
      drain()
      beat(after: times.timeout)
    }
  }
}
