import EventletCore
import EventletTesting
import XCTest

final class DAGPoolTests: GreenTestCase {
  private typealias Pool = DAGPool<String, Int>

  /// Spawns what adds up what it needs, and one, after so many seconds.
  private func spawnSum(
    _ pool: Pool, _ key: String, of dependencies: [String], after seconds: Int = 0
  ) throws {
    try pool.spawn(key, dependingOn: dependencies) { _, needed in
      let sum = try needed.collect().values.reduce(1, +)
      try GreenThread.sleep(for: .seconds(seconds))
      return sum
    }
  }

  private func assertCollision(
    _ key: String, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), line: line) {
      guard case DAGPoolError.collision(let found) = $0 else {
        return XCTFail("\($0)", line: line)
      }
      XCTAssertEqual(found as? String, key, line: line)
    }
  }

  private func assertUnknown(_ key: String, line: UInt = #line, _ body: () throws -> Void) {
    XCTAssertThrowsError(try body(), line: line) {
      guard case DAGPoolError.unknownKey(let found) = $0 else {
        return XCTFail("\($0)", line: line)
      }
      XCTAssertEqual(found as? String, key, line: line)
    }
  }

  // MARK: What is there from the start

  // Eventlet: D1
  func testPreloadedValuesAreThereAtOnce() throws {
    let values = ["a": 1, "b": 2]
    for pool in [Pool(preload: values), Pool(preload: [("a", 9), ("a", 1), ("b", 2)])] {
      XCTAssertEqual(try assertDoesNotSwitch { try pool.waitAll() }, values)
    }
    XCTAssertEqual(try Pool().waitAll(), [:])
    XCTAssertEqual(Pool(preload: [("b", 1), ("a", 2)]).keys, ["b", "a"])
  }

  // Eventlet: D2
  func testWaitingForWhatIsThereDoesNotSwitch() throws {
    let pool = Pool(preload: [("a", 1), ("b", 2)])
    try assertDoesNotSwitch {
      XCTAssertNil(try pool.waitEach(for: []).next())
      XCTAssertEqual(try pool.wait(for: []), [:])
      XCTAssertEqual(try pool.wait(for: ["b"]), ["b": 2])
      XCTAssertEqual(try pool.value(for: "a"), 1)
      let each = pool.waitEach(for: ["b", "a", "b"])
      XCTAssertEqual(try each.next()?.key, "b")
      XCTAssertEqual(try each.next()?.value, 1)
      XCTAssertNil(try each.next())
    }
  }

  // MARK: Waiting

  // Eventlet: D3
  func testValuesComeAsSoonAsTheyAreThere() throws {
    let pool = Pool(preload: ["z": 0])
    try spawnSum(pool, "slow", of: [], after: 3)
    try spawnSum(pool, "fast", of: [], after: 1)
    spawn {
      try GreenThread.sleep(for: .seconds(2))
      try pool.post(5, for: "posted")
    }
    var log: [String] = []
    try pool.waitEach(for: ["slow", "posted", "fast", "z"]).forEach { key, value in
      log.append("\(key) \(value) \(clock.elapsed / .seconds(1))")
    }
    XCTAssertEqual(log, ["z 0 0.0", "fast 1 1.0", "posted 5 2.0", "slow 1 3.0"])
  }

  // Eventlet: D4
  func testWaitReturnsWhenAllAreThere() throws {
    let pool = Pool()
    try spawnSum(pool, "a", of: [], after: 1)
    try spawnSum(pool, "b", of: [], after: 2)
    try spawnSum(pool, "c", of: [], after: 9)
    XCTAssertEqual(try pool.wait(for: ["a", "b"]), ["a": 1, "b": 1])
    XCTAssertEqual(clock.elapsed, .seconds(2))
    try pool.waitAll()
  }

  // Eventlet: D5
  func testWithoutKeysAllKnownOnesAreMeant() throws {
    let pool = Pool(preload: ["preloaded": 1])
    try pool.post(2, for: "posted")
    try spawnSum(pool, "spawned", of: [], after: 1)
    let each = pool.waitEach()
    let successes = pool.waitEachSuccess()
    let errors = pool.waitEachError()
    try pool.post(3, for: "later")
    let all = ["preloaded": 1, "posted": 2, "spawned": 1]
    XCTAssertEqual(try each.collect(), all)
    XCTAssertEqual(try successes.collect(), all)
    XCTAssertNil(try errors.next())
    XCTAssertEqual(try pool.waitAll(), all.merging(["later": 3]) { $1 })
  }

  func testSeveralMayTakeFromOneSequence() throws {
    let pool = Pool()
    try spawnSum(pool, "a", of: [], after: 1)
    try spawnSum(pool, "b", of: [], after: 2)
    let each = pool.waitEach(for: ["a", "b"])
    let readers = (0..<3).map { _ in spawn { try each.collect() } }
    XCTAssertEqual(try readers.map { try $0.wait() }, [["a": 1], ["b": 1], [:]])
  }

  // MARK: Functions

  // Eventlet: D6
  func testAKeyThatIsTakenCannotBeSpawned() throws {
    let pool = Pool(preload: ["preloaded": 1])
    try pool.post(2, for: "posted")
    try spawnSum(pool, "running", of: [], after: 1)
    for key in ["preloaded", "posted", "running"] {
      assertCollision(key) { try pool.spawn(key) { _ in 0 } }
      assertCollision(key) { try pool.spawnMany(["new": [], key: []]) { _, _ in 0 } }
    }
    // All or none.
    XCTAssertEqual(pool.runningKeys, ["running"])
    try pool.waitAll()
    assertCollision("running") { try pool.spawn("running") { _ in 0 } }
  }

  // Eventlet: D7
  func testAFunctionStartsBeforeWhatItNeedsIsThere() throws {
    let pool = Pool()
    var log: [String] = []
    try assertDoesNotSwitch {
      try pool.spawn("b", dependingOn: ["a"]) { key, needed in
        log.append("\(key) started")
        while let (key, value) = try needed.next() { log.append("\(key) = \(value)") }
        return 2
      }
    }
    XCTAssertEqual(log, [])
    try GreenThread.yield()
    XCTAssertEqual(log, ["b started"])
    try pool.post(1, for: "a")
    XCTAssertEqual(try pool.value(for: "b"), 2)
    XCTAssertEqual(log, ["b started", "a = 1"])
  }

  // Eventlet: D8
  func testWhatAFunctionReturnsIsTheValueOfItsKey() throws {
    let pool = Pool()
    try spawnSum(pool, "c", of: ["b", "a"])
    try spawnSum(pool, "b", of: ["a"])
    try pool.spawn("a") { key in key.count }
    XCTAssertEqual(try pool.waitAll(), ["a": 1, "b": 2, "c": 4])
  }

  // Eventlet: D9
  func testAFunctionMayPostItsOwnValue() throws {
    let pool = Pool()
    try pool.spawn("a") { key in
      try pool.post(1, for: key)
      try GreenThread.sleep(for: .seconds(1))
      return 2
    }
    try spawnSum(pool, "b", of: ["a"])
    XCTAssertEqual(try pool.value(for: "b"), 2)
    XCTAssertEqual(clock.elapsed, .zero)
    XCTAssertEqual(pool.runningKeys, ["a"])
    XCTAssertEqual(try pool.waiting(for: "a"), [])
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(try pool["a"], 1)
  }

  // Eventlet: D9
  func testAnErrorAfterTheOwnPostIsReported() throws {
    let pool = Pool()
    try pool.spawn("a") { key in
      try pool.post(1, for: key)
      throw Failure()
    }
    XCTAssertEqual(try pool.value(for: "a"), 1)
    XCTAssertEqual(try pool.waitAll(), ["a": 1])
    try GreenThread.yield()
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure()])
  }

  // Eventlet: D10
  func testOnlyTheFunctionItselfMayPostForAKeyThatRuns() throws {
    let pool = Pool()
    try pool.spawn("a") { key in
      try GreenThread.sleep(for: .seconds(1))
      try GreenThread.sleep(for: .seconds(2))
      return 1
    }
    assertCollision("a") { try pool.post(0, for: "a") }
    assertCollision("a") { try pool.post(0, for: "a", replacing: true) }
    var errors = 0
    Hub.current.schedule(after: .seconds(2)) {
      // What ran last is the function, but this is the hub.
      do { try pool.post(0, for: "a") } catch { errors += 1 }
    }
    try pool.spawn("b") { _ in
      self.assertCollision("a") { try pool.post(0, for: "a") }
      return 2
    }
    try pool.waitAll()
    XCTAssertEqual(errors, 1)
  }

  // Eventlet: D10, D12
  func testAKeyWhoseFunctionWasKilledMayBePosted() throws {
    let pool = Pool()
    try spawnSum(pool, "a", of: [], after: 9)
    try spawnSum(pool, "b", of: ["a"])
    try GreenThread.yield()
    try pool.kill("a")
    XCTAssertEqual(pool.runningKeys, ["b"])
    try pool.post(5, for: "a")
    XCTAssertEqual(try pool.waitAll(), ["a": 5, "b": 6])
  }

  // Eventlet: D11
  func testAValueIsReplacedOnlyWhenAsked() throws {
    let pool = Pool(preload: ["a": 1])
    assertCollision("a") { try pool.post(2, for: "a") }
    XCTAssertEqual(try pool["a"], 1)
    try pool.post(2, for: "a", replacing: true)
    XCTAssertEqual(try pool.value(for: "a"), 2)
    try pool.post(3, for: "b", replacing: true)
    XCTAssertEqual(try pool.waitAll(), ["a": 2, "b": 3])
  }

  // Eventlet: D12
  func testKillStopsAndForgetsAFunction() throws {
    let pool = Pool()
    var log: [String] = []
    func spawnA(_ value: Int, after seconds: Int) throws {
      try pool.spawn("a") { _ in
        defer { log.append("a \(value) ended") }
        try GreenThread.sleep(for: .seconds(seconds))
        return value
      }
    }
    try spawnA(1, after: 9)
    try GreenThread.yield()
    try pool.kill("a")
    XCTAssertEqual(log, ["a 1 ended"])
    XCTAssertEqual(pool.runningCount, 0)
    assertUnknown("a") { try pool.kill("a") }
    try spawnA(2, after: 0)
    try pool.kill("a")
    XCTAssertEqual(log, ["a 1 ended"], "never started")
    try spawnA(3, after: 0)
    XCTAssertEqual(try pool.value(for: "a"), 3)
    assertUnknown("a") { try pool.kill("a") }
    assertUnknown("?") { try pool.kill("?") }
  }

  // Eventlet: D12
  func testAFunctionThatSurvivesItsKillHasNoSayAnyMore() throws {
    let pool = Pool()
    try pool.spawn("a") { _ in
      do { try GreenThread.sleep(for: .seconds(9)) } catch {}
      try GreenThread.sleep(for: .seconds(1))
      return 1
    }
    try GreenThread.yield()
    try pool.kill("a")
    try pool.spawn("a") { _ in
      try GreenThread.sleep(for: .seconds(2))
      return 2
    }
    XCTAssertEqual(try pool.value(for: "a"), 2)
  }

  func testAFunctionMayKillItself() throws {
    let pool = Pool()
    try pool.spawn("a") { key in
      try pool.kill(key)
      XCTFail("survived")
      return 1
    }
    try GreenThread.yield()
    XCTAssertEqual(pool.runningCount, 0)
    XCTAssertNil(try pool["a"])
  }

  // MARK: Looking

  // Eventlet: D13
  func testLookingNeverWaits() throws {
    let pool = Pool(preload: ["a": 1])
    try spawnSum(pool, "b", of: [], after: 1)
    try assertDoesNotSwitch {
      XCTAssertEqual(try pool["a"], 1)
      XCTAssertNil(try pool["b"])
      XCTAssertNil(try pool["?"])
      XCTAssertEqual(try pool["a", default: 7], 1)
      XCTAssertEqual(try pool["b", default: 7], 7)
      XCTAssertEqual(pool.keys, ["a"])
      XCTAssertEqual(try pool.items().map { "\($0.key) \($0.value)" }, ["a 1"])
    }
    try pool.waitAll()
    XCTAssertEqual(pool.keys, ["a", "b"])
    XCTAssertEqual(try pool.items().map { "\($0.key) \($0.value)" }, ["a 1", "b 1"])
  }

  // Eventlet: D14, D15, D16
  func testWhoRunsAndWhoWaitsForWhat() throws {
    let pool = Pool()
    try spawnSum(pool, "c", of: ["a", "b"])
    try spawnSum(pool, "d", of: ["c"])
    try spawnSum(pool, "e", of: [], after: 1)
    XCTAssertEqual([pool.runningCount, pool.waitingCount], [3, 2])
    XCTAssertEqual(pool.runningKeys, ["c", "d", "e"])
    XCTAssertEqual(pool.waitingKeys, ["c": ["a", "b"], "d": ["c"]])
    XCTAssertEqual(try pool.waiting(for: "c"), ["a", "b"])
    XCTAssertEqual(try pool.waiting(for: "e"), [])
    assertUnknown("a") { _ = try pool.waiting(for: "a") }

    try pool.post(1, for: "a")
    XCTAssertEqual(try pool.waiting(for: "a"), [])
    XCTAssertEqual(try pool.waiting(for: "c"), ["b"])
    try pool.post(1, for: "b")
    // It has not resumed yet.
    XCTAssertEqual(try pool.waiting(for: "c"), [])
    XCTAssertEqual([pool.runningCount, pool.waitingCount], [3, 1])
    XCTAssertEqual(pool.waitingKeys, ["d": ["c"]])

    try pool.waitAll()
    XCTAssertEqual([pool.runningCount, pool.waitingCount], [0, 0])
    XCTAssertEqual(pool.waitingKeys, [:])
    XCTAssertEqual(try pool.waiting(for: "c"), [])
  }

  // Eventlet: D17
  func testADiamondRunsEachAfterWhatItNeeds() throws {
    let pool = Pool()
    var log: [String] = []
    try assertDoesNotSwitch {
      try pool.spawnMany(
        ["bottom": ["left", "right"], "left": ["top"], "right": ["top"], "top": []]
      ) { key, needed in
        let sum = try needed.collect().values.reduce(1, +)
        try GreenThread.sleep(for: .seconds(key == "left" ? 2 : 1))
        log.append(key)
        return sum
      }
    }
    XCTAssertEqual(pool.runningCount, 4)
    XCTAssertEqual(try pool.waitAll(), ["top": 1, "left": 2, "right": 2, "bottom": 5])
    XCTAssertEqual(log, ["top", "right", "left", "bottom"])
    XCTAssertEqual(clock.elapsed, .seconds(4))
  }

  // Eventlet: D6, D17
  func testPairsStartInTheirOrderAndMustNotRepeatAKey() throws {
    let pool = Pool()
    let graph: KeyValuePairs = ["b": ["a"], "a": []]
    try pool.spawnMany(graph) { _, needed in try needed.collect().count }
    XCTAssertEqual(pool.runningKeys, ["b", "a"])
    try pool.waitAll()
    let twice: KeyValuePairs<String, [String]> = ["x": [], "x": []]
    assertCollision("x") { try pool.spawnMany(twice) { _, _ in 0 } }
    XCTAssertEqual(pool.runningCount, 0)
  }

  func testFunctionsAreNamedByTheirKeys() throws {
    let pool = Pool()
    try pool.spawn("a") { _ in
      XCTAssertEqual(GreenThread.current.name, "a")
      XCTAssertEqual(GreenThread.current.spawnLine, #line - 2)
      return 1
    }
    try pool.waitAll()
  }

  func testWhoLeavesASequenceLeavesNothing() throws {
    final class CountedKey: Hashable, Sendable {
      nonisolated(unsafe) let canary = Canary()
      static func == (left: CountedKey, right: CountedKey) -> Bool { left === right }
      func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    }
    let before = Canary.alive
    let pool = DAGPool<CountedKey, Int>()
    do {
      let key = CountedKey()
      let kept = pool.waitEach(for: [key])
      do { _ = pool.waitEach(for: [key, CountedKey()]) }
      XCTAssertEqual(Canary.alive, before + 1)
      XCTAssertThrowsError(try withTimeout(.seconds(1)) { try kept.next() })
    }
    XCTAssertEqual(Canary.alive, before)
    XCTAssertEqual(pool.keys, [])
  }

  func testNothingIsLeftOfAPool() throws {
    let before = Canary.alive
    weak var kept: DAGPool<Int, Canary>?
    do {
      let pool = DAGPool<Int, Canary>(preload: [0: Canary()])
      kept = pool
      for key in 1..<5 {
        try pool.spawn(key, dependingOn: [key - 1]) { _, needed in
          _ = try needed.next()
          return Canary()
        }
      }
      try pool.waitAll()
      // Left while it waits.
      _ = pool.waitEach(for: [9])
      XCTAssertEqual(Canary.alive - before, 5)
    }
    XCTAssertNil(kept)
    XCTAssertEqual(Canary.alive, before)
  }
}
