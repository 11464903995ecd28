import EventletCore
import EventletTesting
import XCTest

final class PoolStressTests: GreenTestCase {
  override var timeLimit: Duration { .seconds(120) }

  // Eventlet: GP8, GP9, GP34, P4, P6, P17
  func testRandomOperationsWithRandomKillsLoseAndDoubleNothing() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let world = World(seed: seed, operations: 30_000)
    try world.run(workers: 30)
    XCTAssertEqual(try world.problems(), [], "seed \(seed)")
    // What was thrown into jobs that nobody asked for.
    uncaughtErrors.removeAll { $0.error is Timeout }
  }

  func testRandomReadersOfAMapWithRandomKillsLoseAndDoubleNothing() throws {
    for round in 0..<100 {
      let seed = UInt64.random(in: 0...UInt64.max)
      let readers = Readers(seed: seed, isOrdered: round % 2 == 0)
      try readers.run()
      XCTAssertEqual(readers.problems(), [], "seed \(seed)")
    }
  }
}

private final class World: StressWorld {
  private let pool = GreenPool(size: 3)
  private let pile: GreenPile<Int>
  private let items: Pool<Int>
  private var nextNumber = 0
  private var running: [UInt64: Int] = [:]
  private var completed: Set<Int> = []
  private var taken: Set<Int> = []
  private var made = 0
  private var held: Set<Int> = []

  override init(seed: UInt64, operations: Int) {
    pile = GreenPile(pool: pool, resultLimit: 8)
    var create: () throws -> Int = { 0 }
    items = Pool(maxSize: 4, creating: { try create() })
    super.init(seed: seed, operations: operations)
    create = { [unowned self] in try makeItem() }
  }

  private func makeItem() throws -> Int {
    made += 1
    let mine = made
    try GreenThread.sleep(for: .microseconds(random.pick(5)))
    if random.pick(4) == 0 { throw Failure() }
    return mine
  }

  override func step() throws {
    do {
      switch random.pick(8) {
      case 0, 1: try limited { try self.pool.spawnDiscarding { try self.job(depth: 0) } }
      // All might wait for room at once, and then nobody reads.
      case 2, 3: try withTimeout(.microseconds(random.pick(400))) { try spawnOnPile() }
      case 4: try limited { self.take(try self.pile.next()) }
      case 5: try limited { try self.items.withItem { try self.hold($0) } }
      case 6: try killJobsOrSomebody()
      default: try GreenThread.yield()
      }
    } catch is Timeout {} catch is PoolError {} catch is Failure {}
  }

  private func limited(_ body: () throws -> Void) throws {
    if random.pick(2) == 0 { return try body() }
    try withTimeout(.microseconds(random.pick(50)), body)
  }

  /// In a slot; may spawn on the same pool.
  private func job(depth: Int) throws {
    let thread = GreenThread.current.id
    running[thread, default: 0] += 1
    defer {
      running[thread, default: 0] -= 1
      if running[thread] == 0 { running[thread] = nil }
    }
    if running.count > 3 { found.append("\(running.count) run") }
    try GreenThread.sleep(for: .microseconds(random.pick(20)))
    if depth < 3, random.pick(3) == 0 {
      try limited { try self.pool.spawnDiscarding { try self.job(depth: depth + 1) } }
    }
  }

  private func spawnOnPile() throws {
    let number = nextNumber
    nextNumber += 1
    try pile.spawn { [unowned self] in
      try job(depth: 3)
      completed.insert(number)
      return number
    }
  }

  private func take(_ number: Int?) {
    guard let number else { return }
    if !taken.insert(number).inserted { found.append("\(number) twice") }
  }

  private func hold(_ item: Int) throws {
    if !held.insert(item).inserted { found.append("item \(item) is held twice") }
    defer { held.remove(item) }
    if held.count > 4 { found.append("\(held.count) items") }
    try GreenThread.sleep(for: .microseconds(random.pick(10)))
  }

  private func killJobsOrSomebody() throws {
    if random.pick(20) == 0 { try pool.killAll() } else { try killSomebody() }
  }

  func problems() throws -> [String] {
    try pool.waitAll()
    while pile.count > 0 {
      do { take(try pile.next()) } catch is GreenThreadExit {} catch is Timeout {}
    }
    if taken != completed {
      found.append(
        "pile: lost \(completed.subtracting(taken)), invented \(taken.subtracting(completed))")
    }
    let counts = [pool.runningCount, pool.freeCount, pool.waitingCount]
    if counts != [0, 3, 0] { found.append("green pool: \(counts)") }
    if [items.freeCount, items.waitingCount] != [4, 0] {
      found.append("items: \(items.freeCount) free, \(items.waitingCount) wait")
    }
    if taken.count < 300 { found.append("only \(taken.count) results") }
    if kills < 1000 { found.append("only \(kills) kills") }
    return found
  }
}

extension Pool {
  fileprivate convenience init(maxSize: Int, creating create: @escaping () throws -> Item) {
    do { try self.init(minSize: 0, maxSize: maxSize, create: create) } catch {
      fatalError("nothing is made yet: \(error)")
    }
  }
}

/// Green threads of a pool and others that read one map, which runs in that pool.
private final class Readers {
  private var random: SplitMix64
  private let pool: GreenPool
  private let isOrdered: Bool
  private var map: GreenMap<Int>?
  private var read = 0
  private var isReading = false
  private var completed: Set<Int> = []
  private var taken: [Int] = []
  private var found: [String] = []

  init(seed: UInt64, isOrdered: Bool) {
    random = SplitMix64(seed: seed)
    self.isOrdered = isOrdered
    pool = GreenPool(size: 1 + random.pick(4))
  }

  private func input() throws -> Int? {
    if isReading { found.append("two read") }
    isReading = true
    defer { isReading = false }
    if random.pick(2) == 0 { try GreenThread.sleep(for: .microseconds(random.pick(20))) }
    if read == 60 { return nil }
    defer { read += 1 }
    return read
  }

  private func job(_ number: Int) throws -> Int {
    if random.pick(2) == 0 { try GreenThread.sleep(for: .microseconds(random.pick(20))) }
    completed.insert(number)
    return number
  }

  func run() throws {
    let source = { [unowned self] in try input() }
    let body = { [unowned self] number in try job(number) }
    let map =
      isOrdered
      ? pool.imap(from: source, applying: body) : pool.imapUnordered(from: source, applying: body)
    self.map = map
    let slots = random.pick(pool.size + 1)
    var readers = try (0..<slots).map { _ in try pool.spawn { [unowned self] in readMap() } }
    readers += (0..<random.pick(3)).map { _ in spawn { [unowned self] in readMap() } }
    for _ in 0..<random.pick(6) where !readers.isEmpty {
      try GreenThread.sleep(for: .microseconds(random.pick(100)))
      // At most all of them but the last: this one must be able to end it alone.
      try readers[random.pick(readers.count)].kill()
    }
    readMap()
    for reader in readers { try reader.wait() }
    try pool.waitAll()
  }

  /// Survives kills, as one that has to end what it began.
  private func readMap() {
    guard let map else { return }
    while true {
      do {
        guard let number = try map.next() else { return }
        taken.append(number)
      } catch is GreenThreadExit {
        if random.pick(2) == 0, GreenThread.current !== Hub.current.main { return }
      } catch { found.append("\(error)") }
    }
  }

  func problems() -> [String] {
    if taken.count != Set(taken).count { found.append("some twice: \(taken)") }
    if Set(taken) != completed { found.append("lost \(completed.subtracting(taken))") }
    if read != 60 { found.append("only \(read) read") }
    return found
  }
}
