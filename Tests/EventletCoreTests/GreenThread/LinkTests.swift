import EventletCore
import EventletTesting
import XCTest

final class LinkTests: GreenTestCase {
  // Eventlet: G26
  func testALinkGetsTheGreenThreadThatEnded() throws {
    var linked: AnyGreenThread?
    let thread = spawn {}
    thread.link { linked = $0 }
    XCTAssertNil(linked)
    try thread.wait()
    XCTAssertTrue(linked === thread)
  }

  // Eventlet: G27
  func testLinksRunInOrderOnTheEndingGreenThreadBeforeItsWaiters() throws {
    var log: [String] = []
    let thread = spawn {}
    let waiter = spawn {
      try thread.wait()
      log.append("waiter")
    }
    for name in ["first", "second"] {
      thread.link {
        XCTAssertTrue(GreenThread.current === $0)
        XCTAssertTrue($0.isFinished)
        log.append(name)
      }
    }
    try waiter.wait()
    XCTAssertEqual(log, ["first", "second", "waiter"])
  }

  // Eventlet: G27
  func testTheResultIsStoredBeforeTheLinksRun() throws {
    var results: [Int] = []
    let thread = spawn { 5 }
    thread.link { _ in results.append(try thread.wait()) }
    try GreenThread.yield()
    XCTAssertEqual(results, [5])
  }

  // Eventlet: G28
  func testLinkingToAFinishedGreenThreadCallsAtOnce() throws {
    let thread = spawn {}
    try thread.wait()
    var callers: [AnyGreenThread] = []
    assertDoesNotSwitch { _ = thread.link { _ in callers.append(GreenThread.current) } }
    XCTAssertEqual(callers.count, 1)
    XCTAssertTrue(callers.first === Hub.current.main)
  }

  // Eventlet: G29
  func testLinksRunHoweverTheGreenThreadEnds() throws {
    var log: [String] = []
    func linked(_ name: String, _ body: @escaping () throws -> Void) -> GreenThread<Void> {
      let thread = spawn(body)
      thread.link { _ in log.append(name) }
      return thread
    }
    let returning = linked("return") {}
    let failing = linked("error") { throw Failure() }
    let killed = linked("kill") { try GreenThread.sleep(for: .seconds(1)) }
    try GreenThread.yield()
    try killed.kill()
    XCTAssertEqual(log, ["return", "error", "kill"])
    XCTAssertThrowsError(try failing.wait())
    XCTAssertNoThrow(try returning.wait())
  }

  // Eventlet: G29
  func testAKillBeforeTheStartRunsLinksInTheKillersContext() throws {
    var callers: [AnyGreenThread] = []
    let killed = spawn {}
    let cancelled = spawn {}
    for thread in [killed, cancelled] {
      thread.link { _ in callers.append(GreenThread.current) }
    }
    try killed.kill()
    cancelled.cancel()
    XCTAssertEqual(callers.count, 2)
    for caller in callers { XCTAssertTrue(caller === Hub.current.main) }
  }

  // Eventlet: G30
  func testALinkMadeByALinkRunsOnceInTheSamePass() throws {
    var log: [String] = []
    let thread = spawn {}
    thread.link { thread in
      log.append("first")
      thread.link { _ in log.append("nested") }
      log.append("first ends")
    }
    thread.link { _ in log.append("second") }
    try thread.wait()
    XCTAssertEqual(log.filter { $0 == "nested" }.count, 1)
    XCTAssertEqual(Set(log), ["first", "first ends", "second", "nested"])
  }

  // Eventlet: G31 [!]
  func testAFailingLinkIsReportedAndStopsNoOther() throws {
    var log: [String] = []
    let thread = spawn {}
    thread.link { _ in throw Failure("one") }
    thread.link { _ in log.append("after") }
    thread.link { _ in throw Failure("two") }
    try thread.wait()
    XCTAssertEqual(log, ["after"])
    let reported = takeUncaughtErrors()
    XCTAssertEqual(reported.map { $0.error as? Failure }, [Failure("one"), Failure("two")])
    XCTAssertTrue(reported.allSatisfy { $0.origin.contains("link") })
  }

  // Eventlet: G31 [!], G28
  func testAFailingLinkToAFinishedGreenThreadIsReported() throws {
    let thread = spawn {}
    try thread.wait()
    thread.link { _ in throw Failure() }
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }

  // Eventlet: G32
  func testUnlinkTakesBackOneLinkOnce() throws {
    var log: [String] = []
    let thread = spawn {}
    let first = thread.link { _ in log.append("first") }
    let second = thread.link { _ in log.append("second") }
    XCTAssertTrue(thread.unlink(first))
    XCTAssertFalse(thread.unlink(first))
    try thread.wait()
    XCTAssertEqual(log, ["second"])
    XCTAssertFalse(thread.unlink(second))
  }

  // Eventlet: G32
  func testUnlinkOfAnotherGreenThreadsLinkFindsNothing() throws {
    var count = 0
    let (one, other) = (spawn {}, spawn {})
    let link = one.link { _ in count += 1 }
    XCTAssertFalse(other.unlink(link))
    try one.wait()
    try other.wait()
    XCTAssertEqual(count, 1)
  }

  func testALinkCannotWait() throws {
    let gate = Event<Void>()
    var refusals = 0
    let thread = spawn {}
    let waits: [() throws -> Void] = [
      { try GreenThread.sleep(for: .seconds(1)) }, { try GreenThread.yield() },
      { try gate.wait() }, { try LightQueue<Int>(maxSize: 0).put(1) },
    ]
    for wait in waits {
      thread.link { _ in
        do { try wait() } catch HubError.blockingCallInHub { refusals += 1 }
      }
    }
    try thread.wait()
    XCTAssertEqual(refusals, waits.count)
    XCTAssertEqual(gate.waitingCount, 0)
  }

  func testALinkMayKill() throws {
    let victim = spawn { try GreenThread.sleep(for: .seconds(60)) }
    let unstarted = spawn(after: .seconds(60)) {}
    let thread = spawn { try GreenThread.yield() }
    thread.link { _ in
      try victim.kill()
      try unstarted.kill()
    }
    try thread.wait()
    XCTAssertTrue(unstarted.isFinished)
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
  }

  func testAReportOfAnErrorMayKillToo() throws {
    let victim = spawn { try GreenThread.sleep(for: .seconds(60)) }
    let handler = Hub.current.onUncaughtError
    Hub.current.onUncaughtError = { _ in try? victim.kill() }
    GreenThread.spawnDiscarding { throw Failure("reported") }
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    Hub.current.onUncaughtError = handler
  }
}
