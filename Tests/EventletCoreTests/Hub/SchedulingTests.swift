import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

/// What posted calls or an OS thread may touch: only that one does, until it has ended.
private final class Log: @unchecked Sendable {
  var entries: [Int] = []
  let event = Event<Int>()
}

final class SchedulingTests: GreenTestCase {
  // Eventlet: H4
  func testYieldersTakeTurns() throws {
    var log: [Int] = []
    let threads = (0..<3).map { number in
      spawn {
        for _ in 0..<3 {
          log.append(number)
          try GreenThread.yield()
        }
      }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(log, [0, 1, 2, 0, 1, 2, 0, 1, 2])
  }

  // Eventlet: H4, H34
  func testYieldersDoNotStarveTimers() throws {
    var isDue = false
    clock.jumpsByItself = false
    Hub.current.schedule(after: .seconds(1)) { isDue = true }
    let clock = clock
    let yielders = (0..<3).map { _ in
      spawn {
        var yields = 0
        while !isDue, yields < 1000 {
          yields += 1
          if yields == 10 { clock.advance(by: .seconds(2)) }
          try GreenThread.yield()
        }
        return yields
      }
    }
    for yielder in yielders { XCTAssertLessThan(try yielder.wait(), 20) }
  }

  // Eventlet: H4, H34
  func testTimersAreFiredByOneReadingOfTheClock() throws {
    let clock = clock
    var turns: [UInt64] = []
    let hub = Hub.current
    hub.schedule(after: .seconds(1)) {
      turns.append(hub.statistics.turns)
      clock.advance(by: .seconds(10))
    }
    hub.schedule(after: .seconds(5)) { turns.append(hub.statistics.turns) }
    try GreenThread.sleep(for: .seconds(5))
    XCTAssertEqual(turns.count, 2)
    XCTAssertNotEqual(turns.first, turns.last)
  }

  // Eventlet: H1, H2, H3, H39
  func testTheKindOfPollerIsChosenInTheConfiguration() throws {
    XCTAssertTrue(["epoll", "poll"].contains(Hub.current.pollerName))
    let names = Mutex<[String]>([])
    OSThread {
      do {
        for kind in [Hub.PollerKind.poll, .epoll] {
          try Hub.use(kind)
          names.withLock { $0.append(Hub.current.pollerName) }
        }
        try Hub.current.destroy()
      } catch { names.withLock { $0.append("\(error)") } }
    }.join()
    XCTAssertEqual(names.withLock { $0 }, ["poll", "epoll"])
  }

  // Eventlet: H40, H32
  func testAnotherHubDropsTheOldOnesTimersAndGreenThreads() throws {
    let log = Mutex<[String]>([])
    OSThread {
      func note(_ text: String) { log.withLock { $0.append(text) } }
      do {
        // Virtual time: nothing is due before this hub goes.
        var configuration = Hub.Configuration()
        configuration.clock = ManualClock()
        try Hub.use(configuration)
        Hub.current.schedule(after: .seconds(30)) { note("timer") }
        spawn {
          defer { note("unwound") }
          try GreenThread.sleep(for: .seconds(3600))
        }
        spawn { note("unstarted") }.cancel()
        try GreenThread.yield()
        configuration.clock = ManualClock()
        try Hub.use(configuration)
        try GreenThread.sleep(for: .seconds(60))
        try Hub.current.destroy()
        note("end")
      } catch { note("\(error)") }
    }.join()
    XCTAssertEqual(log.withLock { $0 }, ["unwound", "end"])
  }

  // Eventlet: H32
  func testDestroyInACallbackIsAnError() throws {
    var caught: (any Error)?
    Hub.current.schedule(after: .zero) {
      do { try Hub.current.destroy() } catch { caught = error }
    }
    try GreenThread.sleep(for: .seconds(1))
    guard case HubError.blockingCallInHub? = caught else { return XCTFail("\(caught as Any)") }
  }

  // Eventlet: H32
  func testDestroyOnAnotherGreenThreadThanMainIsAnError() throws {
    let thread = spawn { try Hub.current.destroy() }
    XCTAssertThrowsError(try thread.wait()) { error in
      guard case HubError.invalidArgument = error else { return XCTFail("\(error)") }
    }
  }

  // Eventlet: H35 [!]
  func testWhenNothingCanEverWakeMainHearsOfIt() throws {
    let stuck = spawn { try Event<Int>().wait() }
    XCTAssertThrowsError(try stuck.wait()) { error in
      guard case HubError.deadlock(let report) = error else { return XCTFail("\(error)") }
      XCTAssertTrue(report.contains("an event"), report)
    }
    try stuck.kill()
  }

  // Eventlet: H35 [!], H13
  func testTheLoopGoesOnAfterADeadlock() throws {
    XCTAssertThrowsError(try Event<Int>().wait())
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: H35 [!]
  func testAReferenceThatGoesWithoutAPostLeavesADeadlock() throws {
    let main = ev_gettid()
    let outside = Mutex<HubReference?>(Hub.current.reference)
    let thread = OSThread {
      waitUntilAsleep(main)
      outside.withLock { $0 = nil }
    }
    XCTAssertThrowsError(try Event<Int>().wait()) { error in
      guard case HubError.deadlock = error else { return XCTFail("\(error)") }
    }
    thread.join()
  }

  // Eventlet: G40
  func testEachOSThreadHasItsOwnHub() throws {
    // Each writes its own: a lock would not say that the hubs are independent.
    let logs = (0..<4).map { _ in Log() }
    let threads = logs.enumerated().map { number, log in
      OSThread {
        do {
          var configuration = Hub.Configuration()
          configuration.clock = ManualClock()
          try Hub.use(configuration)
          let children = (0..<10).map { child in
            spawn { () -> Int in
              try GreenThread.sleep(for: .seconds(child))
              return number
            }
          }
          for child in children { log.entries.append(try child.wait()) }
          try Hub.current.destroy()
        } catch { XCTFail("\(error)") }
      }
    }
    for thread in threads { thread.join() }
    for (number, log) in logs.enumerated() {
      XCTAssertEqual(log.entries, Array(repeating: number, count: 10))
    }
  }

  // Eventlet: G40
  func testAHubGoesWithItsOSThread() {
    let ended = Mutex(false)
    OSThread {
      spawn {
        defer { ended.withLock { $0 = true } }
        try GreenThread.sleep(for: .seconds(3600))
      }
      try? GreenThread.yield()
    }.join()
    XCTAssertTrue(ended.withLock { $0 })
  }

  // Eventlet: G41 [!]
  func testPostsOfAnotherOSThreadArriveInOrder() throws {
    let log = Log()
    let reference = Hub.current.reference
    let thread = OSThread {
      for number in 0..<100 { reference.post { log.entries.append(number) } }
      reference.post { log.event.send(100) }
    }
    XCTAssertEqual(try log.event.wait(), 100)
    XCTAssertEqual(log.entries, Array(0..<100))
    thread.join()
  }

  // Eventlet: G41 [!], H4
  func testPostsReachAHubThatIsBusy() throws {
    let log = Log()
    let reference = Hub.current.reference
    let thread = OSThread { reference.post { log.entries.append(1) } }
    thread.join()
    var yields = 0
    while log.entries.isEmpty, yields < 10 {
      try GreenThread.yield()
      yields += 1
    }
    XCTAssertEqual(log.entries, [1])
  }

  // Eventlet: H40
  func testAPostToADestroyedHubIsRefused() {
    let reference = Mutex<HubReference?>(nil)
    OSThread {
      let own = Hub.current.reference
      reference.withLock { $0 = own }
    }.join()
    XCTAssertEqual(reference.withLock { $0 }?.post {}, false)
  }

  // Eventlet: H41
  func testTheReportSaysWhoWaitsForWhat() throws {
    let thread = spawn(name: "sleeper") { try GreenThread.sleep(for: .seconds(5)) }
    try GreenThread.sleep(for: .seconds(1))
    let report = Hub.current.report()
    XCTAssertTrue(report.contains("'sleeper'"), report)
    XCTAssertTrue(report.contains("waits for time to pass"), report)
    XCTAssertEqual(Hub.current.greenThreads.map(\.name), ["sleeper"])
    try thread.wait()
    XCTAssertEqual(Hub.current.statistics.greenThreads, 0)
  }

  // Eventlet: H36
  func testAHubUsedBeforeAForkWorksInTheChild() throws {
    try XCTSkipIf(Sanitizer.isThread, "it follows no child of several OS threads")
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { close(end) } }
    let hub = Hub.current
    var byte: UInt8 = 1
    // Registered before the fork, waited for after it.
    let reader = spawn { try Hub.current.waitUntilReadable(ends[0], timeout: .seconds(60)) }
    try GreenThread.yield()
    try ForkedChild.run {
      let writer = spawn {
        try GreenThread.sleep(for: .seconds(1))
        return write(ends[1], &byte, 1)
      }
      let isReadable = try reader.wait()
      return try writer.wait() == 1 && isReadable
    }
    // The byte is in the pipe that both share.
    XCTAssertTrue(try reader.wait())
    hub.notifyClose(ends[0])
  }

  // Eventlet: H36
  func testAReferenceTakenInAForkedChildReachesTheChildsHub() throws {
    try XCTSkipIf(Sanitizer.isThread, "it follows no child of several OS threads")
    let log = Log()
    try ForkedChild.run {
      // Before the hub has had a turn.
      let reference = Hub.current.reference
      let thread = OSThread { reference.post { log.event.send(1) } }
      let value = try log.event.wait()
      thread.join()
      return value == 1
    }
  }
}
