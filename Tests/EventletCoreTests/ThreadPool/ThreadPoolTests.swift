import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

final class ThreadPoolTests: ThreadPoolTestCase {
  // Eventlet: TP1
  func testTheResultComesBackAndOthersRunMeanwhile() throws {
    let pool = makePool()
    let gate = OSGate()
    let main = ev_gettid()
    var opened = false
    spawn {
      gate.open()
      opened = true
    }
    let result = try assertSwitches {
      try pool.execute {
        gate.pass()
        return (42, ev_gettid())
      }
    }
    XCTAssertEqual(result.0, 42)
    XCTAssertNotEqual(result.1, main)
    XCTAssertTrue(opened)
    XCTAssertEqual(ev_gettid(), main)
  }

  // Eventlet: TP1
  func testTheSharedPool() throws {
    XCTAssertEqual(try ThreadPool.execute { 6 * 7 }, 42)
    XCTAssertEqual(ThreadPool.shared.size, 20)
    XCTAssertTrue(try ThreadPool.shared.shutDown())
  }

  // Eventlet: TP1
  func testWhatIsSentNeedNotBeSendable() throws {
    let pool = makePool()
    final class Box {
      var text: String
      init(_ text: String) { self.text = text }
    }
    let box = Box("there")
    let back = try pool.execute {
      box.text += " and back"
      return Box(box.text)
    }
    back.text += " again"
    XCTAssertEqual(back.text, "there and back again")
  }

  // Eventlet: TP1
  func testResultsThatCannotBeCopied() throws {
    struct Handle: ~Copyable {
      let canary = PoolCanary(7)
    }
    let pool = makePool()
    do {
      let handle = try pool.execute { Handle() }
      XCTAssertEqual(handle.canary.number, 7)
      XCTAssertEqual(PoolCanary.count, 1)
    }
    XCTAssertEqual(PoolCanary.count, 0)
  }

  // Eventlet: TP2, TP11 [!]
  func testErrorsOfEveryKindAreDelivered() throws {
    let pool = makePool()
    func expect<Thrown: Error>(_ type: Thrown.Type, _ error: any Error) {
      XCTAssertThrowsError(try pool.execute { throw error }) { XCTAssertTrue($0 is Thrown) }
    }
    expect(Failure.self, Failure())
    expect(GreenThreadExit.self, GreenThreadExit())
    expect(HubError.self, HubError.deadlock("none"))
    expect(CancellationError.self, CancellationError())
    let object = ObjectFailure()
    XCTAssertThrowsError(try pool.execute { throw object }) {
      XCTAssertTrue($0 as AnyObject === object)
    }
    let timeout = Timeout(after: nil)
    XCTAssertThrowsError(try pool.execute { throw timeout }) {
      XCTAssertTrue($0 as AnyObject === timeout)
    }
    XCTAssertEqual(try pool.execute { 1 }, 1)
  }

  // Eventlet: TP12 [!]
  func testAResultThatLooksLikeAnErrorIsAResult() throws {
    let pool = makePool()
    let triple = try pool.execute { (Failure("a"), "b", nil as Int?) }
    XCTAssertEqual(triple.0, Failure("a"))
    let error: any Error = try pool.execute { Failure("c") }
    XCTAssertEqual(error as? Failure, Failure("c"))
    let result = try pool.execute { Swift.Result<Int, Failure>.failure(Failure("d")) }
    XCTAssertEqual(result, .failure(Failure("d")))
    XCTAssertNil(try pool.execute { nil as Int? })
    XCTAssertEqual(try pool.execute { .some(nil) as Int?? }, .some(nil))
    try pool.execute {}
  }

  // Eventlet: TP3
  func testAtMostSizeRunAtOnceAndTheOthersWaitInOrder() throws {
    let pool = makePool(2)
    let gate = OSGate()
    let order = SharedLog<Int>()
    let threads = (0..<6).map { number in
      spawn {
        try pool.execute {
          order.append(number)
          gate.pass()
        }
      }
    }
    try wait { order.entries.count == 2 }
    XCTAssertEqual([pool.threadCount, pool.runningCount, pool.waitingCount], [2, 2, 4])
    for begun in 3...6 {
      gate.open()
      try wait { order.entries.count == begun }
    }
    gate.open(2)
    for thread in threads { try thread.wait() }
    // Of two that begin together either may be the first to say so.
    XCTAssertEqual(order.entries.prefix(2).sorted() + order.entries.dropFirst(2), Array(0..<6))
  }

  // Eventlet: TP3
  func testJobsOfOneThreadRunInTheOrderTheyCame() throws {
    let pool = makePool(1)
    let order = SharedLog<Int>()
    let threads = (0..<200).map { number in
      spawn { try pool.execute { order.append(number) } }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(order.entries, Array(0..<200))
    XCTAssertEqual(pool.threadCount, 1)
  }

  // Eventlet: TP3
  func testAThreadThatIsFreeIsUsedBeforeAnotherIsMade() throws {
    let pool = makePool()
    XCTAssertEqual(pool.threadCount, 0)
    for _ in 0..<500 { try pool.execute {} }
    XCTAssertEqual(pool.threadCount, 1)
  }

  // Eventlet: TP4
  func testAJobThatCallsItsPoolRunsTheOtherItself() throws {
    let pool = makePool(1)
    let (outer, inner) = try pool.execute {
      let inner = try pool.execute { try pool.execute { ev_gettid() } }
      return (ev_gettid(), inner)
    }
    XCTAssertEqual(outer, inner)
    XCTAssertThrowsError(try pool.execute { try pool.execute { throw Failure() } }) {
      XCTAssertTrue($0 is Failure)
    }
  }

  // Eventlet: TP4
  func testAJobMayWaitForAnotherPool() throws {
    let pool = makePool(1)
    let other = makePool(1)
    let (mine, theirs) = try pool.execute { (ev_gettid(), try other.execute { ev_gettid() }) }
    XCTAssertNotEqual(mine, theirs)
  }

  // Eventlet: TP9
  func testNothingKeepsWhatTheJobCaptured() throws {
    let pool = makePool()
    func call(_ number: Int, throwing: Bool) throws -> Int {
      let captured = PoolCanary(number)
      return try pool.execute {
        if throwing { throw Failure() }
        return captured.number
      }
    }
    for number in 0..<100 {
      XCTAssertEqual(try call(number, throwing: false), number)
      XCTAssertEqual(PoolCanary.count, 0)
      XCTAssertThrowsError(try call(number, throwing: true))
      XCTAssertEqual(PoolCanary.count, 0)
    }
  }

  // Eventlet: TP9
  func testNothingKeepsTheResult() throws {
    let pool = makePool()
    weak var weakResult: PoolCanary?
    do {
      let result = try pool.execute { PoolCanary() }
      weakResult = result
      XCTAssertEqual(PoolCanary.count, 1)
    }
    XCTAssertNil(weakResult)
    XCTAssertEqual(PoolCanary.count, 0)
  }

  // Eventlet: TP14
  func testAJobThatUsesGreenThreadsGetsAHubOfItsOwn() throws {
    let pool = makePool(1)
    let before = LeakCheck()
    let unwound = Shared(false)
    let sum = try pool.execute {
      let numbers = LightQueue<Int>()
      spawn {
        for number in 1...3 {
          try GreenThread.yield()
          try numbers.put(number)
        }
      }
      spawn {
        defer { unwound.value.store(true, ordering: .releasing) }
        try Event<Void>().wait()
      }
      return try numbers.get() + numbers.get() + numbers.get()
    }
    XCTAssertEqual(sum, 6)
    // The hub went with the job, and what it had left waiting.
    XCTAssertTrue(unwound.value.load(ordering: .acquiring))
    XCTAssertEqual(before.leaks(of: Hub.current), [])
    let thread = try pool.execute { GreenThread.current.id }
    XCTAssertEqual(thread, 1)
  }

  func testACallInAHubCallbackIsRefused() throws {
    let pool = makePool()
    var caught: [any Error] = []
    Hub.current.schedule(after: .seconds(1)) {
      do { try pool.execute {} } catch { caught.append(error) }
      do { try pool.shutDown() } catch { caught.append(error) }
    }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(caught.count, 2)
    for error in caught {
      guard case HubError.blockingCallInHub = error else { return XCTFail("\(error)") }
    }
    XCTAssertEqual(pool.threadCount, 0)
  }

  func testReportsSayWhichPoolIsWaitedFor() throws {
    let gate = OSGate()
    let pool = makePool(name: "digest")
    let thread = try spawnBlocked(in: pool, at: gate)
    XCTAssertTrue(Hub.current.report().contains("waits for a job of thread pool 'digest'"))
    gate.open()
    try thread.wait()
  }

  func testOSThreadsHaveThePoolsName() throws {
    let pool = makePool(name: "a rather long name")
    let name = try pool.execute {
      let comm = fopen("/proc/thread-self/comm", "r")
      defer { fclose(comm) }
      var line = [CChar](repeating: 0, count: 64)
      fgets(&line, Int32(line.count), comm)
      return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    XCTAssertEqual(name, "a rather long n\n")
  }

  func testAWaitForAJobIsNoDeadlock() throws {
    let pool = makePool()
    let gate = OSGate()
    let main = ev_gettid()
    let opener = OSThread {
      waitUntilAsleep(main)
      gate.open()
    }
    try pool.execute { gate.pass() }
    opener.join()
    // Once it is over, nothing is left that could wake anybody.
    XCTAssertThrowsError(try Event<Int>().wait()) { error in
      guard case HubError.deadlock = error else { return XCTFail("\(error)") }
    }
  }

  func testAPoolThatNobodyHoldsEndsItsThreads() throws {
    let threads = { (try? FileDescriptors.threads(named: "dropped")) ?? -1 }
    var pool: ThreadPool? = ThreadPool(name: "dropped")
    let numbers = try (0..<3).map { _ in try XCTUnwrap(pool).execute { ev_gettid() } }
    XCTAssertEqual(Set(numbers).count, 1)
    XCTAssertEqual(threads(), 1)
    pool = nil
    try wait { threads() == 0 }
  }
}

enum FileDescriptors {
  /// How many OS threads of this process have that name.
  static func threads(named name: String) throws -> Int {
    guard let directory = opendir("/proc/self/task") else { throw Failure("opendir") }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      let number = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
      guard let comm = fopen("/proc/self/task/\(number)/comm", "r") else { continue }
      defer { fclose(comm) }
      var line = [CChar](repeating: 0, count: 64)
      fgets(&line, Int32(line.count), comm)
      let text = line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:))
      if String(decoding: text, as: UTF8.self) == name { count += 1 }
    }
    return count
  }
}
