internal import EventletCore
internal import EventletNet

// What comes while nobody receives.
extension WebSocket {
  /// How often who sends and does not receive has somebody look at what has come.
  private static let lookInterval: Nanoseconds = 1_000_000_000

  /// How many bytes of messages that nobody receives are kept, so that pings and the close frame behind
  /// them are seen.
  private static let mostUnreceived = 65_536

  /// Whether so much is kept that no more is read.
  var isFull: Bool { unreceivedCost >= Self.mostUnreceived }

  /// Somebody sends, and nobody receives.
  func lookNowAndThen() {
    sendsSinceRead &+= 1
    // As a rule it is the answer to what was just received.
    if sendsSinceRead < 2 || isFull { return }
    let now = Hub.current.now
    if nextLook == .never { nextLook = now + Self.lookInterval }
    if now < nextLook { return }
    nextLook = now + Self.lookInterval
    GreenThread.spawnDiscarding(name: "look at \(self)") { [self] in try readArrived() }
  }

  func readArrived() throws {
    do {
      while !isBeingRead, !hasEndedReceiving, !isFull {
        if let message = try read(until: Hub.current.now) { keep(message) }
      }
    } catch is IOTimeout {
      // There is no more.
    }
  }
}
