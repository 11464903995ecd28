import EventletCore
import EventletTesting
import Synchronization
import XCTest

private enum Trace {
  @TaskLocal static var id = -1
}

/// Tasks that do everything at once, on two hubs.
final class AsyncStressTests: GreenTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(120) }

  // Eventlet: A9
  func testTasksThatMixEverythingOnTwoHubs() throws {
    let seed = UInt64.random(in: 0 ... .max)
    let other = OtherHub()
    let hubs = [Hub.current.executor, other.reference]
    let tally = Tally()
    try GreenThread.awaiting {
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<10_000 {
          let hub = hubs[number % 2]
          group.addTask(executorPreference: hub) {
            await exercise(number, seed: seed &+ UInt64(number), on: hub, hubs: hubs, tally)
          }
        }
      }
    }
    XCTAssertEqual(tally.problems, [], "seed \(seed)")
    XCTAssertEqual(tally.ended, 10_000, "seed \(seed)")
    other.stop()
  }
}

private func exercise(
  _ number: Int, seed: UInt64, on hub: HubReference, hubs: [HubReference], _ tally: Tally
) async {
  await Trace.$id.withValue(number) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<4 {
      switch random.pick(8) {
      case 0: await Task.yield()
      case 1: await step(tally) { try GreenThread.yield() }
      case 2:
        let pause = Duration.microseconds(random.pick(300))
        await step(tally) { try GreenThread.sleep(for: pause) }
      case 3: try? await Task.sleep(for: .microseconds(random.pick(300)))
      case 4:
        let sum = await withTaskGroup(of: Int.self) { group in
          for part in 1...3 {
            group.addTask {
              tally.check(Trace.id == number, "child of \(number) lost its task local")
              try? GreenThread.yield()
              return part
            }
          }
          return await group.reduce(0, +)
        }
        tally.check(sum == 6, "a group of \(number) came to \(sum)")
      case 5:
        let cancelled = Task(executorPreference: hub) { () -> Bool in
          do {
            try GreenThread.sleep(for: .seconds(60))
            return false
          } catch { return error is CancellationError }
        }
        if random.pick(2) == 0 { await Task.yield() }
        cancelled.cancel()
        tally.check(await cancelled.value, "a cancelled task of \(number) slept on")
      case 6:
        let there = hubs[random.pick(2)]
        let answer = try? await there.run { () throws -> Int in
          try GreenThread.yield()
          return number
        }
        tally.check(answer == number, "a call of \(number) came back with \(answer ?? -1)")
      default:
        let value = try? await spawn { () throws -> Int in
          try GreenThread.yield()
          return Trace.id
        }.value
        tally.check(value == number, "a green thread of \(number) saw \(value ?? -1)")
      }
      tally.check(Trace.id == number, "\(number) lost its task local")
    }
  }
  tally.end()
}

private func step(_ tally: Tally, _ body: () throws -> Void) async {
  do { try body() } catch { tally.check(false, "\(error)") }
}

private final class Tally: Sendable {
  private let state = Guarded<(ended: Int, problems: [String])>((0, []))

  func check(_ holds: Bool, _ problem: @autoclosure () -> String) {
    guard !holds else { return }
    let text = problem()
    state.withLock { if $0.problems.count < 20 { $0.problems.append(text) } }
  }
  func end() { state.withLock { $0.ended += 1 } }
  var ended: Int { state.withLock { $0.ended } }
  var problems: [String] { state.withLock { $0.problems } }
}
