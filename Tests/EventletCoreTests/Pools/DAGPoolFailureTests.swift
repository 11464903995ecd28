import EventletCore
import EventletTesting
import XCTest

/// Functions that fail, and waits that are cut short.
final class DAGPoolFailureTests: GreenTestCase {
  private typealias Pool = DAGPool<String, Int>

  /// a fails, b needs a, c needs b; d does not fail.
  private func chain() throws -> Pool {
    let pool = Pool()
    try pool.spawn("a") { _ in throw Failure("original") }
    try pool.spawn("b", dependingOn: ["a"]) { _, needed in try needed.collect().count }
    try pool.spawn("c", dependingOn: ["b"]) { _, needed in try needed.collect().count }
    try pool.spawn("d") { _ in 4 }
    return pool
  }

  // Eventlet: D18
  func testAFailureIsTheValueOfItsKey() throws {
    let pool = try chain()
    XCTAssertThrowsError(try pool.value(for: "a")) {
      XCTAssertEqual(($0 as? PropagateError)?.key as? String, "a")
      XCTAssertEqual(($0 as? PropagateError)?.error as? Failure, Failure("original"))
    }
    XCTAssertThrowsError(try pool.spawn("a") { _ in 1 })
    XCTAssertTrue(pool.keys.contains("a"))
    XCTAssertThrowsError(try pool.value(for: "c"))
  }

  // Eventlet: D19
  func testAFailureGoesAlongTheGraphAsAChain() throws {
    let pool = try chain()
    XCTAssertThrowsError(try pool.value(for: "c")) {
      var keys: [String] = []
      var error: any Error = $0
      while let link = error as? PropagateError {
        keys.append("\(link.key)")
        error = link.error
      }
      XCTAssertEqual(keys, ["c", "b", "a"])
      XCTAssertEqual(error as? Failure, Failure("original"))
      XCTAssertEqual("\($0)", "key c: key b: key a: \(Failure("original"))")
    }
  }

  // Eventlet: D20, D23
  func testWhoMeetsAFailureGetsIt() throws {
    let pool = try chain()
    func assertFails(_ key: String, line: UInt = #line, _ body: () throws -> Void) {
      XCTAssertThrowsError(try body(), line: line) {
        XCTAssertEqual(($0 as? PropagateError)?.key as? String, key, line: line)
      }
    }
    assertFails("c") { _ = try pool.wait(for: ["d", "c"]) }
    // The one that came first.
    assertFails("a") { try pool.waitAll() }
    assertFails("b") { _ = try pool.value(for: "b") }
    assertFails("b") { _ = try pool["b"] }
    assertFails("b") { _ = try pool["b", default: 1] }
    assertFails("a") { _ = try pool.items() }
    XCTAssertEqual(try pool["d"], 4)

    let each = pool.waitEach(for: ["a", "d", "c"])
    assertFails("a") { _ = try each.next() }
    XCTAssertEqual(try each.next()?.key, "d")
    assertFails("c") { _ = try each.next() }
    XCTAssertNil(try each.next())
  }

  // Eventlet: D21
  func testSuccessesAndFailuresCanBeTakenApart() throws {
    let pool = try chain()
    try pool.spawn("slow") { _ in
      try GreenThread.sleep(for: .seconds(1))
      return 5
    }
    try pool.spawn("slow failure") { _ in
      try GreenThread.sleep(for: .seconds(2))
      throw Failure("slow")
    }
    let successes = pool.waitEachSuccess()
    XCTAssertEqual(try successes.next()?.key, "d")
    XCTAssertEqual(try successes.next()?.key, "slow")
    XCTAssertEqual(clock.elapsed, .seconds(1))
    let errors = pool.waitEachError()
    XCTAssertEqual(try (0..<3).compactMap { _ in try errors.next()?.key }, ["a", "b", "c"])
    XCTAssertEqual(clock.elapsed, .seconds(1))
    XCTAssertNil(try successes.next())
    // Not before all are settled.
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertEqual(try errors.next()?.value.error as? Failure, Failure("slow"))
    XCTAssertNil(try errors.next())
    XCTAssertEqual(try pool.waitEachSuccess(for: ["a", "d"]).collect(), ["d": 4])
    XCTAssertEqual(try pool.waitEachError(for: ["a", "d"]).collect().keys.sorted(), ["a"])
  }

  // Eventlet: D22
  func testAPostedErrorIsAValue() throws {
    let pool = DAGPool<String, any Error>()
    try pool.post(Failure("value"), for: "a")
    try pool.spawn("b", dependingOn: ["a"]) { _, needed in
      try needed.next()?.value ?? Failure("none")
    }
    XCTAssertEqual(try pool.value(for: "b") as? Failure, Failure("value"))
    XCTAssertNil(try pool.waitEachError().next())
  }

  // Eventlet: D20, D22
  func testAFailureCanBePosted() throws {
    let pool = Pool()
    try pool.post(throwing: Failure("posted"), for: "a")
    XCTAssertThrowsError(try pool["a"]) {
      XCTAssertEqual(($0 as? PropagateError)?.error as? Failure, Failure("posted"))
    }
    XCTAssertThrowsError(try pool.post(1, for: "a")) {
      XCTAssertEqual("\($0)", "key a: has a value already, or a function that makes one")
    }
    try pool.post(1, for: "a", replacing: true)
    XCTAssertEqual(try pool["a"], 1)
    XCTAssertThrowsError(try pool.kill("a")) {
      XCTAssertEqual("\($0)", "key a: no function runs for it")
    }
  }

  // Eventlet: D18
  func testAFunctionThatSomebodyElseKillsHasFailed() throws {
    let pool = Pool()
    try pool.spawn("a") { _ in
      try GreenThread.sleep(for: .seconds(9))
      return 1
    }
    try GreenThread.yield()
    try Hub.current.greenThreads.last?.kill()
    try pool.spawn("late") { _ in 1 }
    Hub.current.greenThreads.last?.cancel()
    for key in ["a", "late"] {
      XCTAssertThrowsError(try pool.value(for: key)) {
        XCTAssertTrue(($0 as? PropagateError)?.error is GreenThreadExit)
      }
    }
  }

  func testAFailureThatNobodyMetIsReportedWhenThePoolGoes() throws {
    do {
      let pool = try chain()
      XCTAssertEqual(try pool.waitEachSuccess().collect(), ["d": 4])
      XCTAssertEqual(uncaughtErrors.count, 0)
    }
    // Of the chain, only the end was met by nobody.
    let reported = takeUncaughtErrors()
    XCTAssertEqual(reported.map { ($0.error as? PropagateError)?.key as? String }, ["c"])
    do {
      let pool = try chain()
      XCTAssertEqual(try pool.waitEachError().collect().count, 3)
    }
  }

  // MARK: Waiting in vain

  func testAFunctionCannotWaitForItself() throws {
    let pool = Pool()
    try pool.spawn("a") { key in try pool.value(for: key) }
    try pool.spawn("b") { _ in try pool.waitAll().count }
    try pool.spawn("c", dependingOn: ["c"]) { _, needed in try needed.collect().count }
    for key in ["a", "b", "c"] {
      XCTAssertThrowsError(try pool.value(for: key)) {
        guard case HubError.selfWait(let text)? = ($0 as? PropagateError)?.error else {
          // b has met the failure of a first.
          return XCTAssertEqual(key, "b", "\($0)")
        }
        XCTAssertTrue(text.contains("'\(key)'"), text)
      }
    }
  }

  func testAFunctionMayTakeWhatComesBeforeItselfInASequence() throws {
    let pool = Pool(preload: ["x": 1])
    try pool.spawn("y") { _ in
      try GreenThread.sleep(for: .seconds(1))
      return 2
    }
    try pool.spawn("a") { key in
      let each = pool.waitEach(for: [key, "x", "y"])
      XCTAssertEqual(try each.next()?.key, "x")
      XCTAssertEqual(try each.next()?.key, "y")
      XCTAssertThrowsError(try each.next())
      try pool.post(3, for: key)
      XCTAssertEqual(try each.next()?.value, 3)
      return 0
    }
    XCTAssertEqual(try pool.value(for: "a"), 3)
    try GreenThread.yield()
  }

  func testACircleIsADeadlockThatNamesItsKeys() throws {
    let pool = Pool()
    try pool.spawn("a", dependingOn: ["b"]) { _, needed in try needed.collect().count }
    try pool.spawn("b", dependingOn: ["a"]) { _, needed in try needed.collect().count }
    XCTAssertThrowsError(try pool.waitAll()) {
      guard case HubError.deadlock(let report) = $0 else { return XCTFail("\($0)") }
      XCTAssertTrue(report.contains("'a'") && report.contains("'b'"), report)
    }
    try pool.kill("a")
    try pool.kill("b")
  }

  // MARK: Kills and timeouts

  func testAWaitThatIsCutShortLosesNoValue() throws {
    let waits: [(String, (Pool, DAGResults<String, Int>) throws -> Void)] = [
      ("next", { _, each in _ = try each.next() }),
      ("value", { pool, _ in _ = try pool.value(for: "a") }),
      ("wait", { pool, _ in try pool.wait(for: ["a"]) }),
      ("waitAll", { pool, _ in try pool.waitAll() }),
      ("waitEachSuccess", { pool, _ in _ = try pool.waitEachSuccess(for: ["a"]).next() }),
      ("waitEachError", { pool, _ in _ = try pool.waitEachError(for: ["a"]).next() }),
    ]
    for (name, wait) in waits {
      for isThere in [false, true] {
        let pool = Pool()
        let each = pool.waitEach(for: ["a"])
        try pool.spawn("a") { _ in
          try GreenThread.sleep(for: .seconds(2))
          return 1
        }
        XCTAssertThrowsError(try withTimeout(.seconds(1)) { try wait(pool, each) }, name) {
          XCTAssert($0 is Timeout, name)
        }
        let victim = spawn { try wait(pool, each) }
        try GreenThread.yield()
        if isThere {
          Hub.current.greenThreads.first { $0.name == "a" }?.link { _ in
            // The value is there, and the victim has not resumed.
            try victim.kill()
          }
        } else {
          try victim.kill()
        }
        XCTAssertThrowsError(try victim.wait(), name) { XCTAssert($0 is GreenThreadExit, name) }
        let rest = try each.next()
        XCTAssertEqual(rest?.value, 1, name)
        XCTAssertNil(try each.next(), name)
        XCTAssertEqual(try pool.waitAll(), ["a": 1], name)
      }
    }
  }

  func testAKillerOfAFunctionMayBeKilled() throws {
    let pool = Pool()
    var killer: GreenThread<Void>?
    try pool.spawn("a") { _ in
      do { try GreenThread.sleep(for: .seconds(9)) } catch {
        try killer?.kill()
        throw error
      }
      return 1
    }
    try GreenThread.yield()
    let thread = spawn { try pool.kill("a") }
    killer = thread
    XCTAssertThrowsError(try thread.wait()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(pool.runningCount, 0)
  }
}
