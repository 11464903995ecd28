import EventletCore
import EventletTesting
import XCTest

final class GreenMapTests: GreenTestCase {
  /// Numbers from 0 on, which counts how many were read.
  private final class Input: Sequence, IteratorProtocol {
    var readCount = 0
    let limit: Int
    init(_ limit: Int = .max) { self.limit = limit }
    func next() -> Int? {
      guard readCount < limit else { return nil }
      defer { readCount += 1 }
      return readCount
    }
  }

  // MARK: Order and arguments

  // Eventlet: GP18
  func testResultsComeInTheOrderOfTheInput() throws {
    var random = SplitMix64(state: 7)
    for size in [1, 2, 10, 500] {
      let pool = GreenPool(size: size)
      let delays = (0..<1000).map { _ in random.pick(1000) }
      let results = pool.imap(0..., delays) { index, delay in
        try GreenThread.sleep(for: .microseconds(delay))
        return index
      }
      XCTAssertEqual(try results.collect(), Array(0..<1000))
      XCTAssertEqual(pool.runningCount, 0)
    }
  }

  // Eventlet: GP19
  func testSeveralInputsEndWithTheShortest() throws {
    let pool = GreenPool()
    let pairs = try pool.imap(1..., ["a", "b"]) { ($0, $1) }.collect()
    XCTAssertEqual(pairs.map { "\($0.0)\($0.1)" }, ["1a", "2b"])
    let triples = pool.imap([1, 2, 3], [10, 20, 30, 40], [100, 200]) { $0 + $1 + $2 }
    XCTAssertEqual(try triples.collect(), [111, 222])
  }

  func testStarmapSpreadsTuples() throws {
    let pool = GreenPool()
    XCTAssertEqual(
      try pool.starmap([(1, "a"), (2, "b")]) { number, text in "\(text)\(number)" }.collect(),
      ["a1", "b2"])
    XCTAssertEqual(try pool.starmap(zip([1, 2], [3, 4])) { $0 * $1 }.collect(), [3, 8])
  }

  func testTheUnorderedResultsComeAsTheyAreReady() throws {
    let pool = GreenPool(size: 3)
    let results = pool.imapUnordered([3, 1, 2, 1]) { delay in
      try GreenThread.sleep(for: .seconds(delay))
      return delay
    }
    XCTAssertEqual(try results.collect(), [1, 2, 1, 3])
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertNil(try results.next())
  }

  func testTheUnorderedMapTakesSeveralInputsAndOnesThatWait() throws {
    let pool = GreenPool()
    XCTAssertEqual(try pool.imapUnordered([1, 2], [3, 4]) { $0 + $1 }.collect(), [4, 6])
    var number = 0
    let results = pool.imapUnordered(
      from: {
        number += 1
        try GreenThread.sleep(for: .seconds(1))
        return number <= 3 ? number : nil
      }, applying: { $0 * 10 })
    XCTAssertEqual(try results.collect(), [10, 20, 30])
  }

  // Eventlet: GP20
  func testAnErrorComesInItsTurnAndTheRestFollows() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 2)
      func body(_ number: Int) throws -> Int {
        if number == 1 { throw Failure("\(number)") }
        return number
      }
      let results =
        isOrdered
        ? pool.imap(0..<4, applying: body) : pool.imapUnordered(0..<4, applying: body)
      XCTAssertEqual(try results.next(), 0)
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure("1")) }
      XCTAssertEqual(try results.collect(), [2, 3])
    }
  }

  // Eventlet: GP20
  func testAJobThatIsKilledIsAnErrorInItsTurn() throws {
    let pool = GreenPool(size: 3)
    let results = pool.imap(0..<3) { number in
      try GreenThread.sleep(for: .seconds(3 - number))
      return number
    }
    spawn {
      try GreenThread.sleep(for: .milliseconds(1))
      try pool.killAll(throwing: Failure())
    }
    for _ in 0..<3 {
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure()) }
    }
    XCTAssertNil(try results.next())
  }

  // Eventlet: GP21
  func testAnEmptyInputEndsAtOnce() throws {
    let pool = GreenPool()
    XCTAssertNil(try pool.imap([Int]()) { $0 }.next())
    XCTAssertEqual(try pool.imap([Int](), 1...) { $0 + $1 }.collect(), [])
    XCTAssertEqual(try pool.imapUnordered([Int]()) { $0 }.collect(), [])
    XCTAssertNil(try pool.imap(from: { nil }, applying: { (number: Int) in number }).next())
  }

  // MARK: When what is read

  // Eventlet: GP22
  func testNothingIsReadBeforeTheFirstNext() throws {
    let pool = GreenPool()
    let input = Input(3)
    let results = pool.imap(input) { $0 }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(input.readCount, 0)
    XCTAssertEqual(try results.next(), 0)
    XCTAssertEqual(input.readCount, 3)
    XCTAssertEqual(try results.collect(), [1, 2])
  }

  // Eventlet: GP23
  func testTheInputIsReadAsFarAheadAsThePoolIsLarge() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 4)
      let input = Input()
      let results = isOrdered ? pool.imap(input) { $0 } : pool.imapUnordered(input) { $0 }
      for taken in 1...10 {
        XCTAssertEqual(try results.next(), taken - 1)
        try GreenThread.sleep(for: .seconds(1))
        XCTAssertEqual(input.readCount, taken + 4)
      }
    }
  }

  // Eventlet: GP23
  func testAPoolThatGrowsReadsFurtherAhead() throws {
    let pool = GreenPool(size: 1)
    let input = Input()
    let results = pool.imap(input) { $0 }
    XCTAssertEqual(try results.next(), 0)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(input.readCount, 2)
    pool.resize(to: 3)
    XCTAssertEqual(try results.next(), 1)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(input.readCount, 5)
  }

  // Eventlet: GP23
  func testAPoolThatGrowsReadsFurtherAheadThoughNoResultIsThere() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<3) { number in
      try GreenThread.sleep(for: .seconds(2))
      return number
    }
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() })
    pool.resize(to: 3)
    XCTAssertEqual(try results.collect(), [0, 1, 2])
    XCTAssertEqual(clock.elapsed, .seconds(3))
  }

  // Eventlet: GP24
  func testMemoryDoesNotGrowWithTheInput() throws {
    let before = Canary.alive
    var most = 0
    let pool = GreenPool(size: 5)
    try pool.imap(0..<1000) { _ in Canary() }.forEach { _ in
      most = max(most, Canary.alive - before)
    }
    XCTAssertLessThanOrEqual(most, 6)
    try GreenThread.yield()
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: GP25
  func testTheWorkRunsInThePool() throws {
    let pool = GreenPool(size: 3)
    var most = 0
    let other = try pool.spawn { try GreenThread.sleep(for: .seconds(5)) }
    let results = pool.imap(0..<10) { number in
      most = max(most, pool.runningCount)
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    XCTAssertEqual(try results.next(), 0)
    try GreenThread.sleep(for: .milliseconds(1))
    // Two of the three slots are for the map.
    XCTAssertEqual([pool.runningCount, pool.freeCount], [3, 0])
    XCTAssertEqual(most, 3)
    try pool.waitAll()
    XCTAssertTrue(other.isFinished)
    XCTAssertEqual(try results.collect(), Array(1..<10))
  }

  // Eventlet: GP25
  func testTheMapWaitsForSlotsInLineWithOthers() throws {
    let pool = GreenPool(size: 1)
    var log: [String] = []
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    let results = pool.imap(["map"]) { log.append($0) }
    let reader = spawn { try results.collect().count }
    try GreenThread.yield()
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 1)
    try pool.spawn { log.append("other") }
    try pool.waitAll()
    XCTAssertEqual(log, ["map", "other"])
    XCTAssertEqual(try reader.wait(), 1)
  }

  // MARK: Inputs that wait and fail

  func testAResultCanBeTakenWhileTheInputWaits() throws {
    let pool = GreenPool(size: 4)
    let queue = LightQueue<Int?>()
    let results = pool.imap(from: { try queue.get() }, applying: { $0 + 1 })
    try queue.put(1)
    for number in 2..<5 {
      XCTAssertEqual(try results.next(), number)
      // The next input is made of the result before.
      try queue.put(number)
    }
    try queue.put(nil)
    XCTAssertEqual(try results.collect(), [5])
  }

  func testAMapMayBeTheInputOfAnother() throws {
    let pool = GreenPool(size: 2)
    let doubled = pool.imap(1...5) { $0 * 2 }
    let texts = pool.imap(from: doubled.next) { "\($0)" }
    XCTAssertEqual(try texts.collect(), ["2", "4", "6", "8", "10"])
  }

  // Eventlet: GP26, GP27
  func testAnErrorOfTheInputComesAfterTheResultsBeforeIt() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 5)
      var next = 0
      let source = { () throws -> Int? in
        next += 1
        if next == 3 { throw Failure("input") }
        return next
      }
      let body = { (number: Int) in
        try GreenThread.sleep(for: .seconds(1))
        return number
      }
      let results =
        isOrdered
        ? pool.imap(from: source, applying: body) : pool.imapUnordered(from: source, applying: body)
      XCTAssertEqual(try results.next(), 1)
      XCTAssertEqual(try results.next(), 2)
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure("input")) }
      for _ in 0..<3 { XCTAssertNil(try results.next()) }
      XCTAssertEqual(next, 3)
    }
  }

  func testAnErrorOfTheInputThatNobodyGetsIsReported() throws {
    let pool = GreenPool(size: 5)
    do {
      var next = 0
      let results = pool.imap(
        from: { () throws -> Int? in
          next += 1
          if next == 2 { throw Failure("input") }
          return next
        }, applying: { $0 })
      XCTAssertEqual(try results.next(), 1)
    }
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure("input")])
  }

  // Eventlet: GP27
  func testTheEndIsForEver() throws {
    let pool = GreenPool(size: 2)
    for results in [pool.imap(0..<3) { $0 }, pool.imapUnordered(0..<3) { $0 }] {
      XCTAssertEqual(try results.collect(), [0, 1, 2])
      for _ in 0..<3 { XCTAssertNil(try assertDoesNotSwitch { try results.next() }) }
    }
  }

  // Eventlet: GP27
  func testEveryReaderSeesTheEnd() throws {
    let pool = GreenPool(size: 2)
    let results = pool.imap(0..<5) { number in
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    let readers = (0..<3).map { _ in spawn { try results.collect() } }
    let all = try readers.flatMap { try $0.wait() }
    XCTAssertEqual(all.sorted(), Array(0..<5))
  }

  // Eventlet: GP28
  func testAPoolOfSizeZeroIsAnError() throws {
    let pool = GreenPool(size: 0)
    let results = pool.imap(0..<2) { $0 }
    for _ in 0..<2 {
      XCTAssertThrowsError(try results.next()) {
        guard case HubError.invalidArgument = $0 else { return XCTFail("\($0)") }
      }
    }
    pool.resize(to: 1)
    XCTAssertEqual(try results.collect(), [0, 1])
  }

  // MARK: In a green thread of the pool

  // Eventlet: GP5, GP25
  func testAGreenThreadOfAFullPoolRunsTheWorkItself() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 1)
      let thread = try pool.spawn {
        let caller = GreenThread.current
        let body = { (number: Int) in
          XCTAssertTrue(GreenThread.current === caller)
          return number
        }
        let results =
          isOrdered
          ? pool.imap(0..<5, applying: body) : pool.imapUnordered(0..<5, applying: body)
        return try results.collect()
      }
      XCTAssertEqual(try thread.wait(), Array(0..<5))
    }
  }

  // Eventlet: GP5, GP25
  func testAGreenThreadOfAPoolUsesItsFreeSlots() throws {
    let pool = GreenPool(size: 4)
    let thread = try pool.spawn {
      try pool.imap(0..<9) { number in
        try GreenThread.sleep(for: .seconds(1))
        XCTAssertLessThanOrEqual(pool.runningCount, 4)
        return number
      }.collect()
    }
    XCTAssertEqual(try thread.wait(), Array(0..<9))
    // Three others and, once there is no slot, the reader.
    XCTAssertLessThanOrEqual(clock.elapsed, .seconds(4))
  }

  // Eventlet: GP5
  func testAMapOfAMapInAGreenThreadOfAFullPool() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn {
      let inner = pool.imap(0..<3) { $0 + 1 }
      return try pool.imap(from: inner.next) { $0 * 2 }.collect()
    }
    XCTAssertEqual(try thread.wait(), [2, 4, 6])
  }

  // Eventlet: GP26
  func testAnErrorOfTheInputInAGreenThreadOfThePool() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn {
      var next = 0
      let results = pool.imap(
        from: { () throws -> Int? in
          next += 1
          if next == 2 { throw Failure("input") }
          return next
        }, applying: { $0 })
      XCTAssertEqual(try results.next(), 1)
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure("input")) }
      XCTAssertNil(try results.next())
    }
    try thread.wait()
  }

  func testAReaderOfThePoolTakesOverWhatFoundNoSlot() throws {
    let pool = GreenPool(size: 2)
    let results = pool.imap(0..<4) { number in
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    let gate = Event<Void>()
    let inPool = try (0..<2).map { _ in
      try pool.spawn {
        try gate.wait()
        return try results.collect()
      }
    }
    // Not of the pool: what it has read finds no slot.
    let outside = spawn { try results.next() }
    for _ in 0..<3 { try GreenThread.yield() }
    XCTAssertEqual(pool.waitingCount, 1)
    gate.send(())
    var all = try inPool.flatMap { try $0.wait() }
    if let result = try outside.wait() { all.append(result) }
    XCTAssertEqual(all.sorted(), [0, 1, 2, 3])
  }

  func testWhatAReaderHasTakenOverRunsOnce() throws {
    let pool = GreenPool(size: 1)
    let before = Hub.current.statistics.spawned
    let results = pool.imap(0..<3) { $0 }
    let gate = Event<Void>()
    let inPool = try pool.spawn {
      try gate.wait()
      return try results.collect()
    }
    let outside = spawn { try results.next() }
    for _ in 0..<3 { try GreenThread.yield() }
    gate.send(())
    XCTAssertEqual(try outside.wait(), 0)
    XCTAssertEqual(try inPool.wait(), [1, 2])
    for _ in 0..<3 { try GreenThread.yield() }
    // These two and what reads the input.
    XCTAssertEqual(Hub.current.statistics.spawned - before, 3)
  }

  func testReadersOfThePoolReadTheInputOneAtATime() throws {
    let pool = GreenPool(size: 2)
    var readers = 0
    var next = 0
    let results = pool.imap(
      from: { () throws -> Int? in
        readers += 1
        defer { readers -= 1 }
        XCTAssertEqual(readers, 1)
        try GreenThread.sleep(for: .seconds(1))
        next += 1
        return next <= 4 ? next : nil
      }, applying: { $0 })
    let threads = try (0..<2).map { _ in try pool.spawn { try results.collect() } }
    XCTAssertEqual(try threads.flatMap { try $0.wait() }.sorted(), [1, 2, 3, 4])
  }

  func testReadingInAHubCallback() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<1) { $0 }
    var log: [String] = []
    // What ran last is of the pool; the hub's own stack is not.
    try pool.spawn { try GreenThread.sleep(for: .seconds(2)) }
    Hub.current.schedule(after: .seconds(1)) {
      do { _ = try results.next() } catch HubError.blockingCallInHub(let call) { log.append(call) }
    }
    try GreenThread.sleep(for: .seconds(3))
    Hub.current.schedule(after: .seconds(1)) { log.append("\(try results.next() ?? -1)") }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(log, ["Queue.get", "0"])
  }

  // MARK: Kills, timeouts, and leaving it

  func testAKilledReaderLosesNoResult() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 3)
      let body = { (number: Int) in
        try GreenThread.sleep(for: .seconds(1))
        return number
      }
      let results =
        isOrdered ? pool.imap(0..<4, applying: body) : pool.imapUnordered(0..<4, applying: body)
      let victim = spawn { try results.next() }
      try GreenThread.sleep(for: .milliseconds(500))
      try victim.kill()
      XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
      XCTAssertThrowsError(try withTimeout(.milliseconds(100)) { try results.next() }) {
        XCTAssert($0 is Timeout)
      }
      XCTAssertEqual(try results.collect(), [0, 1, 2, 3])
    }
  }

  func testAReaderKilledWhenItsResultWasThereLosesNothing() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<2) { number in
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    let victim = spawn { try results.next() }
    try GreenThread.yield()
    try GreenThread.yield()
    let job = Hub.current.greenThreads.last
    job?.link { _ in
      // The result is there, and the reader has not resumed.
      try victim.kill()
    }
    XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(try results.collect(), [0, 1])
  }

  func testAKillOfAReaderThatRunsTheWorkReachesIt() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<3) { number in
      if number == 1 { try GreenThread.sleep(for: .seconds(9)) }
      return number
    }
    let victim = try pool.spawn {
      XCTAssertEqual(try results.next(), 0)
      _ = try results.next()
      XCTFail("survived")
    }
    try GreenThread.yield()
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
    // What was interrupted has ended so, in its turn, and the rest is there.
    XCTAssertThrowsError(try results.next()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(try results.collect(), [2])
  }

  func testATimeoutOfAReaderThatReadsTheInputDoesNotEndTheInput() throws {
    let pool = GreenPool(size: 1)
    let queue = LightQueue<Int?>()
    let thread = try pool.spawn {
      let results = pool.imap(from: { try queue.get() }, applying: { $0 })
      XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() }) {
        XCTAssert($0 is Timeout)
      }
      for item in [1, 2, nil] { try queue.put(item) }
      return try results.collect()
    }
    XCTAssertEqual(try thread.wait(), [1, 2])
  }

  func testWhatNobodyWantsAnyMoreIsNotRead() throws {
    let pool = GreenPool(size: 2)
    let input = Input()
    var ended = 0
    do {
      let results = pool.imap(input) { number in
        try GreenThread.sleep(for: .seconds(1))
        ended += 1
        return number
      }
      XCTAssertEqual(try results.next(), 0)
    }
    let count = input.readCount
    try pool.waitAll()
    XCTAssertEqual(input.readCount, count)
    // What ran goes on to its end.
    XCTAssertEqual(ended, count)
  }

  func testLeavingAMapWhoseInputWaitsLeavesNothing() throws {
    let pool = GreenPool(size: 2)
    let queue = LightQueue<Int?>()
    try queue.put(1)
    do {
      let results = pool.imap(from: { try queue.get() }, applying: { $0 })
      XCTAssertEqual(try results.next(), 1)
      XCTAssertEqual(queue.gettingCount, 1)
    }
    try GreenThread.yield()
    XCTAssertEqual(queue.gettingCount, 0)
  }

  func testLeavingAMapThatWaitsForASlotLeavesNothing() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    do {
      let results = pool.imap([1]) { $0 }
      XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() })
      XCTAssertEqual(pool.waitingCount, 1)
    }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 0)
    try thread.kill()
  }

  // Eventlet: GP26
  func testAKillOfWhatReadsTheInputIsAnErrorOfTheInput() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    let results = pool.imap(0..<3) { $0 }
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() })
    // It has read an element, and waits for a slot.
    XCTAssertEqual(pool.waitingCount, 1)
    try Hub.current.greenThreads.last?.kill()
    XCTAssertThrowsError(try results.next()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertNil(try results.next())
    try thread.kill()
  }

  func testTheGreenThreadsNameTheSiteOfTheMap() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<1) { _ in Int(GreenThread.current.spawnLine) }
    let line = #line - 1
    XCTAssertEqual(try results.collect(), [line])
  }

  func testAnErrorOfAJobThatNobodyTakesIsReported() throws {
    let pool = GreenPool(size: 2)
    do {
      let results = pool.imap(0..<2) { number in
        if number == 1 { throw Failure("unseen") }
        return number
      }
      XCTAssertEqual(try results.next(), 0)
      try GreenThread.sleep(for: .seconds(1))
    }
    try GreenThread.yield()
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure("unseen")])
  }
}
