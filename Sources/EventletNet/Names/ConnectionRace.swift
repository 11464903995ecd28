internal import EventletCore

/// Tries several addresses, overlapping, and keeps the first connection: RFC 8305, section 5.
package final class ConnectionRace {
  private final class Attempt {
    let address: SocketAddress
    var socket: GreenSocket?
    var error: (any Error)?

    init(to address: SocketAddress) { self.address = address }
  }

  private let target: String
  private let candidates: [SocketAddress]
  private let local: SocketAddress?
  /// How long an attempt has before the next begins beside it; nil is until it has failed.
  private let delay: Duration?
  private let deadline: Deadline
  private var attempts: [Attempt] = []
  private let ended = LightQueue<Attempt>()
  private var failures: [ConnectError.Failure] = []

  init(
    to target: String, candidates: [SocketAddress], from local: SocketAddress?, delay: Duration,
    until deadline: Deadline
  ) {
    self.target = target
    self.candidates = Self.interleaved(candidates)
    self.local = local
    // Two sockets cannot have one address and port at the same time.
    self.delay = local.map { $0.port != 0 } ?? false ? nil : delay
    self.deadline = deadline
  }

  /// The families take turns, the first one's first, each in the order given: section 4.
  package static func interleaved(_ candidates: [SocketAddress]) -> [SocketAddress] {
    guard let family = candidates.first?.family else { return [] }
    let first = candidates.filter { $0.family == family }
    let others = candidates.filter { $0.family != family }
    var result: [SocketAddress] = []
    for index in 0..<max(first.count, others.count) {
      if index < first.count { result.append(first[index]) }
      if index < others.count { result.append(others[index]) }
    }
    return result
  }

  func run() throws -> GreenSocket {
    do {
      let winner = try candidates.count == 1 ? connectAlone() : race()
      close(allBut: winner)
      return winner
    } catch {
      close(allBut: nil)
      throw error
    }
  }

  /// Most hosts: without a green thread more.
  private func connectAlone() throws -> GreenSocket {
    let address = candidates[0]
    do {
      return try GreenSocket.connect(to: address, from: local, timeout: deadline.remaining)
    } catch let error as SystemError {
      failures.append(.init(address: address, error: error))
      throw ConnectError(target: target, failures: failures)
    } catch is IOTimeout where deadline.hasPassed {
      // Otherwise it is the limit of somebody further out.
      throw timedOut(stillTrying: [address])
    }
  }

  private func race() throws -> GreenSocket {
    try withDiscardingGreenGroup { group in
      while true {
        if attempts.count < candidates.count {
          start(candidates[attempts.count], in: group)
        } else if failures.count == attempts.count {
          throw ConnectError(target: target, failures: failures)
        }
        if let winner = try nextConnection() {
          group.cancelAll()
          return winner
        }
      }
    }
  }

  private func start(_ address: SocketAddress, in group: GreenGroup<Void>) {
    let attempt = Attempt(to: address)
    attempts.append(attempt)
    let child = group.spawn(name: "connect to \(address)") { [local] in
      do { attempt.socket = try GreenSocket.connect(to: address, from: local) } catch {
        attempt.error = error
      }
    }
    // Whatever ended it, a kill before it began among that: who races counts on each.
    child.link { [ended] _ in try? ended.putNoWait(attempt) }
  }

  /// Waits for an attempt to end, but no longer than until the next is to begin.
  /// - Returns: nil when none has succeeded, and the next may begin.
  private func nextConnection() throws -> GreenSocket? {
    while true {
      let mayStart = attempts.count < candidates.count
      let limits = [mayStart ? delay : nil, deadline.remaining].compactMap { $0 }
      do {
        let attempt = try ended.get(timeout: limits.min())
        if let socket = attempt.socket { return socket }
        failures.append(
          .init(address: attempt.address, error: attempt.error ?? GreenThreadExit()))
        // At once, without the rest of the delay.
        if mayStart || failures.count == attempts.count { return nil }
      } catch QueueError.empty {
        guard deadline.hasPassed else { return nil }
        let failed = failures.map(\.address)
        throw timedOut(stillTrying: attempts.map(\.address).filter { !failed.contains($0) })
      }
    }
  }

  private func timedOut(stillTrying addresses: [SocketAddress]) -> IOTimeout {
    let reasons = failures.map(\.description) + addresses.map { "\($0): no answer" }
    // An address itself needs no list of addresses.
    let details = reasons == ["\(target): no answer"] ? "" : " (\(reasons.joined(separator: "; ")))"
    return IOTimeout(operation: "connect to", subject: target + details)
  }

  /// Those that were made too late, or for somebody who is not there any more.
  private func close(allBut winner: GreenSocket?) {
    for attempt in attempts where attempt.socket !== winner { attempt.socket?.close() }
  }
}
