import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

/// Green threads of several hubs, tasks and plain OS threads send and receive over shared channels,
/// and are killed, timed out and cancelled at random.
final class ChannelStressTests: GreenTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(240) }

  func testRandomInterruptionsLoseAndDoubleNothingAndKeepOrder() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for (round, capacity) in ([0, 1, 7, nil] as [Int?]).enumerated() {
      let world = ChannelWorld(capacity: capacity, seed: seed &+ UInt64(round))
      try world.run()
      XCTAssertEqual(world.problems(), [], "capacity \(capacity ?? -1), seed \(seed)")
    }
  }
}

private struct Parcel: Sendable {
  let sender: Int
  let number: Int
}

private final class ChannelWorld: Sendable {
  private static let hubs = 3
  private static let parties = 6
  private let perSender = 200

  private let channel: Channel<Parcel>
  private let seed: UInt64
  private let senders = Atomic<Int>(0)
  private let sendersLeft = Atomic<Int>(0)
  private let interrupted = Atomic<Int>(0)
  private let found = Guarded<[String]>([])
  /// By sender: what it knows to have been sent.
  private let sent = Guarded<[Int: [Int]]>([:])
  /// By receiver, in the order received.
  private let received = Guarded<[[Parcel]]>([])

  init(capacity: Int?, seed: UInt64) {
    channel = Channel(capacity: capacity)
    self.seed = seed
  }

  func run() throws {
    let hubs = try (0..<Self.hubs).map { index in
      try HubThread.start(name: "stress \(index)") { [self] in try runGreen(index) }
    }
    let tasks = Task.detached { [self] in await runAsync() }
    let threads = (0..<2).map { index in OSThread { [self] in runPlain(index) } }
    // The main hub joins in.
    try runGreen(Self.hubs)
    for hub in hubs { try hub.join() }
    try GreenThread.awaiting { await tasks.value }
    for thread in threads { thread.join() }
  }

  // MARK: Green

  private func runGreen(_ hub: Int) throws {
    var random = SplitMix64(seed: seed &+ UInt64(hub) &* 7919)
    var victims: [GreenThread<Void>] = []
    for _ in 0..<Self.parties {
      startGreenSender(random.next(), &victims)
      startGreenReceiver(random.next(), &victims)
    }
    // Receivers come and go until all is sent and the channel closed; so do senders' calls.
    while !channel.isClosed {
      try GreenThread.sleep(for: .microseconds(50 + random.pick(200)))
      let index = random.pick(victims.count)
      let victim = victims[index]
      if victim.name == "receiver" {
        try victim.kill()
        victims.remove(at: index)
        startGreenReceiver(random.next(), &victims)
        interrupted.add(1, ordering: .relaxed)
      } else if !victim.isFinished {
        // A sender survives its kill, and knows whether it has sent.
        try victim.kill()
        interrupted.add(1, ordering: .relaxed)
      }
    }
    for victim in victims { try victim.wait() }
  }

  private func startGreenSender(_ seed: UInt64, _ victims: inout [GreenThread<Void>]) {
    let sender = newSender()
    let thread = spawn(name: "sender") { [self] in
      var random = SplitMix64(seed: seed)
      var number = 0
      while number < perSender {
        do {
          let limit = Duration.microseconds(random.pick(300))
          let parcel = Parcel(sender: sender, number: number)
          switch random.pick(4) {
          case 0: try channel.send(parcel, timeout: limit)
          case 1: try withTimeout(limit) { try channel.send(parcel) }
          case 2: try channel.sendNoWait(parcel)
          default: try channel.send(parcel)
          }
          note(sent: number, by: sender)
        } catch ChannelError.closed {
          found.withLock { $0.append("closed too early") }
        } catch {
          // Not sent, says the error: so the number is given up.
          if random.pick(3) == 0 { try? GreenThread.yield() }
        }
        number += 1
      }
      senderEnds()
    }
    victims.append(thread)
  }

  private func startGreenReceiver(_ seed: UInt64, _ victims: inout [GreenThread<Void>]) {
    let thread = spawn(name: "receiver") { [self] in
      var random = SplitMix64(seed: seed)
      var mine: [Parcel] = []
      defer { note(received: mine) }
      while true {
        do {
          let limit = Duration.microseconds(random.pick(300))
          let parcel: Parcel? =
            switch random.pick(3) {
            case 0: try channel.receive(timeout: limit)
            case 1: try withTimeout(limit) { try channel.receive() }
            default: try channel.receive()
            }
          guard let parcel else { return }
          mine.append(parcel)
        } catch ChannelError.empty {} catch is Timeout {} catch { return }
      }
    }
    victims.append(thread)
  }

  // MARK: Async

  private func runAsync() async {
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<4 {
        let sender = newSender()
        group.addTask { [self] in await sendAsync(as: sender, seed &+ UInt64(index) &* 31) }
        group.addTask { [self] in await receiveAsync(seed &+ UInt64(index) &* 37) }
      }
    }
  }

  /// Each call is a task of its own, which is cancelled at random.
  private func sendAsync(as sender: Int, _ seed: UInt64) async {
    var random = SplitMix64(seed: seed)
    for number in 0..<perSender {
      let call = Task { try await channel.send(Parcel(sender: sender, number: number)) }
      if random.pick(4) == 0 {
        for _ in 0..<random.pick(4) { await Task.yield() }
        call.cancel()
        interrupted.add(1, ordering: .relaxed)
      }
      if case .success = await call.result { note(sent: number, by: sender) }
    }
    senderEnds()
  }

  private func receiveAsync(_ seed: UInt64) async {
    var random = SplitMix64(seed: seed)
    var mine: [Parcel] = []
    while true {
      let call = Task { try await channel.receive() }
      if random.pick(4) == 0 {
        for _ in 0..<random.pick(4) { await Task.yield() }
        call.cancel()
        interrupted.add(1, ordering: .relaxed)
      }
      switch await call.result {
      case .success(let parcel?): mine.append(parcel)
      case .success(nil):
        note(received: mine)
        return
      case .failure: break
      }
    }
  }

  // MARK: Plain OS threads

  private func runPlain(_ index: Int) {
    let sender = newSender()
    var number = 0
    var mine: [Parcel] = []
    while true {
      if number < perSender {
        do {
          try channel.sendNoWait(Parcel(sender: sender, number: number))
          note(sent: number, by: sender)
        } catch {}
        number += 1
        if number == perSender { senderEnds() }
      }
      do {
        guard let parcel = try channel.receiveNoWait() else { break }
        mine.append(parcel)
      } catch { sched_yield() }
    }
    note(received: mine)
  }

  // MARK: The books

  private func newSender() -> Int {
    sendersLeft.add(1, ordering: .relaxed)
    return senders.add(1, ordering: .relaxed).newValue
  }

  /// The last one closes: nobody sends any more.
  private func senderEnds() {
    let all = Self.parties * (Self.hubs + 1) + 4 + 2
    let left = sendersLeft.subtract(1, ordering: .sequentiallyConsistent).newValue
    if left == 0, senders.load(ordering: .sequentiallyConsistent) == all { channel.close() }
  }

  private func note(sent number: Int, by sender: Int) {
    sent.withLock { $0[sender, default: []].append(number) }
  }

  private func note(received parcels: [Parcel]) { received.withLock { $0.append(parcels) } }

  func problems() -> [String] {
    var problems = found.withLock { $0 }
    let lists = received.withLock { $0 }
    var seen: [Int: [Int]] = [:]
    for list in lists {
      var last: [Int: Int] = [:]
      for parcel in list {
        if let before = last[parcel.sender], before >= parcel.number {
          problems.append("sender \(parcel.sender): \(parcel.number) after \(before)")
        }
        last[parcel.sender] = parcel.number
        seen[parcel.sender, default: []].append(parcel.number)
      }
    }
    let sent = sent.withLock { $0 }
    for sender in Set(sent.keys).union(seen.keys) {
      let (there, here) = (sent[sender, default: []], seen[sender, default: []].sorted())
      if there != here {
        problems.append("sender \(sender): \(there.count) sent, \(here.count) received")
      }
    }
    if channel.count + channel.sendingCount + channel.receivingCount > 0 {
      problems.append("something is left")
    }
    if interrupted.load(ordering: .relaxed) < 50 { problems.append("hardly any interruptions") }
    return problems
  }
}
