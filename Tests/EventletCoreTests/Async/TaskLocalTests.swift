import EventletCore
import EventletTesting
import XCTest

private enum Trace {
  @TaskLocal static var id = 0
}

final class TaskLocalTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  func testEachGreenThreadKeepsItsOwn() throws {
    let threads = (1...200).map { number in
      spawn { () throws -> [Int] in
        try Trace.$id.withValue(number) {
          try GreenThread.yield()
          let outer = Trace.id
          let inner = try Trace.$id.withValue(-number) {
            try GreenThread.sleep(for: .milliseconds(number % 7))
            return Trace.id
          }
          return [outer, inner, Trace.id]
        }
      }
    }
    for (number, thread) in zip(1..., threads) {
      XCTAssertEqual(try thread.wait(), [number, -number, number])
    }
    XCTAssertEqual(Trace.id, 0)
  }

  func testSpawnInheritsThem() throws {
    let thread = Trace.$id.withValue(7) { spawn { Trace.id } }
    XCTAssertEqual(try thread.wait(), 7)
    let delayed = Trace.$id.withValue(8) { spawn(after: .milliseconds(1)) { Trace.id } }
    XCTAssertEqual(try delayed.wait(), 8)
    let discarding = Event<Int>()
    _ = Trace.$id.withValue(9) { GreenThread.spawnDiscarding { discarding.send(Trace.id) } }
    XCTAssertEqual(try discarding.wait(), 9)
    XCTAssertEqual(try spawn { Trace.id }.wait(), 0)
  }

  func testAServantHasNone() throws {
    let seen = Event<Int>()
    Trace.$id.withValue(9) {
      _ = GreenThread.spawnServant(name: "servant") { seen.send(Trace.id) }
    }
    XCTAssertEqual(try seen.wait(), 0)
  }

  func testWhatAChildSetsItsParentDoesNotSee() throws {
    try Trace.$id.withValue(1) {
      let child = spawn {
        try Trace.$id.withValue(2) {
          try GreenThread.sleep(for: .milliseconds(2))
          return Trace.id
        }
      }
      try GreenThread.yield()
      XCTAssertEqual(Trace.id, 1)
      XCTAssertEqual(try child.wait(), 2)
    }
  }

  func testGrandchildrenInheritToo() throws {
    let id = try Trace.$id.withValue(5) {
      try spawn { try spawn { try spawn { Trace.id }.wait() }.wait() }.wait()
    }
    XCTAssertEqual(id, 5)
  }

  func testErrorsAndKillsPassThroughAnInheritingGreenThread() throws {
    try Trace.$id.withValue(3) {
      let failing = spawn { () throws -> Int in throw Failure("own") }
      XCTAssertThrowsError(try failing.wait()) { XCTAssertEqual($0 as? Failure, Failure("own")) }
      let parked = spawn { try GreenThread.sleep(for: .seconds(60)) }
      try GreenThread.yield()
      try parked.kill()
      XCTAssertThrowsError(try parked.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
      var hasRun = false
      let unstarted = spawn { hasRun = true }
      unstarted.cancel()
      XCTAssertThrowsError(try unstarted.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
      XCTAssertFalse(hasRun)
    }
  }

  func testAnInheritingGreenThreadLeavesNothingBehind() throws {
    let before = Canary.alive
    for _ in 0..<50 {
      let canary = Canary()
      try Trace.$id.withValue(3) {
        try spawn { _ = canary }.wait()
        spawn { _ = canary }.cancel()
      }
    }
    for _ in 0..<3 { try GreenThread.yield() }
    XCTAssertEqual(Canary.alive, before)
  }

  func testAsyncCodeInheritsThemAndTheOtherWayRound() throws {
    try Trace.$id.withValue(4) {
      XCTAssertEqual(try GreenThread.awaiting { Trace.id }, 4)
      let through = try GreenThread.awaiting {
        await Task.yield()
        return try await spawn { Trace.id }.value
      }
      XCTAssertEqual(through, 4)
    }
  }
}
