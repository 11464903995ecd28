import EventletCore
import EventletPatch
import EventletTesting
import Foundation
import Glibc
import XCTest

/// Foundation's run loop, of which each OS thread has one.
final class RunLoopTests: PatchTestCase {
  override class func setUp() {
    super.setUp()
    // Foundation keeps two sockets from its first process on.
    XCTAssertNoThrow(try run("exit 0"))
  }

  @discardableResult
  private static func run(_ command: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// A timer without which the loop would have nothing to wait for.
  private func startTimer(_ tick: @escaping @Sendable () -> Void = {}) -> Timer {
    Timer.scheduledTimer(withTimeInterval: 0.002, repeats: true) { _ in tick() }
  }

  func testSiblingsRunIt() throws {
    nonisolated(unsafe) var ticks = 0
    let timer = startTimer { ticks += 1 }
    defer { timer.invalidate() }
    for _ in 0..<5 {
      ticks = 0
      var turns = 0
      let runners = (0..<3).map { _ in
        spawn { repeat { runLoop(for: 0.01) } while turns < 5 || ticks == 0 }
      }
      let sibling = spawn {
        while true {
          turns += 1
          try GreenThread.sleep(for: .milliseconds(1))
        }
      }
      for runner in runners { try runner.wait() }
      try sibling.kill()
    }
  }

  /// As a callback does that waits for something.
  func testItIsRunWithinItself() throws {
    nonisolated(unsafe) var ticks = 0
    nonisolated(unsafe) var ticksWithin = 0
    let timer = startTimer { ticks += 1 }
    let outer = Timer.scheduledTimer(withTimeInterval: 0.002, repeats: false) { _ in
      let before = ticks
      runLoop(for: 0.02)
      ticksWithin = ticks - before
    }
    defer { timer.invalidate() }
    let runners = (0..<3).map { _ in spawn { runLoop(for: 0.01) } }
    for runner in runners { try runner.wait() }
    XCTAssertFalse(outer.isValid)
    XCTAssertGreaterThan(ticksWithin, 0)
  }

  func testProcessesThatSiblingsWaitFor() throws {
    for _ in 0..<3 {
      let waiters = (0..<10).map { number in spawn { try Self.run("exit \(number)") } }
      XCTAssertEqual(try waiters.map { try $0.wait() }, Array(0..<10))
    }
  }

  /// The loop has no way to fail: it runs until it would have ended, and its siblings run too.
  func testAKillIsThrownAfterTheLoop() throws {
    let timer = startTimer()
    defer { timer.invalidate() }
    var hasEnded = false
    let runner = spawn {
      runLoop(for: 0.02)
      hasEnded = true
      try MonkeyPatch.checkForInterruption()
    }
    let other = spawn { runLoop(for: 0.01) }
    try GreenThread.yield()
    try runner.kill()
    // The loop waits, rather than to find out again and again that it is to end.
    let switches = Hub.current.statistics.switches
    XCTAssertThrowsError(try runner.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertTrue(hasEnded)
    XCTAssertLessThan(Hub.current.statistics.switches - switches, 1000)
    try other.wait()
  }
}

private func runLoop(for seconds: Double) {
  let end = Date(timeIntervalSinceNow: seconds)
  RunLoop.current.run(until: end)
  XCTAssertGreaterThanOrEqual(Date(), end)
}
