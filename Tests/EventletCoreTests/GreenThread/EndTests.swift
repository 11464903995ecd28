import EventletTesting
import XCTest

@testable import EventletCore

/// What runs at a green thread's end: deinits of captures and results, links, reports.
final class EndTests: GreenTestCase {
  private final class AtDeinit {
    let action: () -> Void
    init(_ action: @escaping () -> Void) { self.action = action }
    deinit { action() }
  }

  func testWhatABodyCapturedMayWaitWhenItGoes() throws {
    var log: [String] = []
    func make() -> GreenThread<Int> {
      let guest = AtDeinit {
        try? GreenThread.sleep(for: .seconds(1))
        log.append("waited")
      }
      return spawn { [guest] () -> Int in
        _ = guest
        return 42
      }
    }
    XCTAssertEqual(try make().wait(), 42)
    XCTAssertEqual(log, ["waited"])
  }

  func testAnErrorSurvivesAWaitOfWhatTheBodyCaptured() throws {
    func make() -> GreenThread<Int> {
      let guest = AtDeinit { try? GreenThread.sleep(for: .seconds(1)) }
      return spawn { [guest] () throws -> Int in
        _ = guest
        throw Failure("kept")
      }
    }
    let thread = make()
    for _ in 0..<2 {
      XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure("kept")) }
    }
  }

  func testTheDeinitOfAResultCannotWaitButMayKill() throws {
    var refusals = 0
    let victim = spawn { try GreenThread.sleep(for: .seconds(60)) }
    try GreenThread.yield()
    spawn {
      AtDeinit {
        do { try GreenThread.sleep(for: .seconds(1)) } catch HubError.blockingCallInHub {
          refusals += 1
        } catch {}
        do { try withTimeout(.seconds(1)) { try GreenThread.yield() } } catch {}
        try? victim.kill()
      }
    }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(refusals, 1)
    XCTAssertTrue(victim.isFinished)
  }

  func testTheReportOfAnErrorMayKill() throws {
    let victim = spawn { try GreenThread.sleep(for: .seconds(60)) }
    try GreenThread.yield()
    let handler = Hub.current.onUncaughtError
    Hub.current.onUncaughtError = { _ in try? victim.kill() }
    spawn { throw Failure("nobody waits for it") }
    try GreenThread.yield()
    try GreenThread.yield()
    Hub.current.onUncaughtError = handler
    XCTAssertTrue(victim.isFinished)
  }

  func testALimitThatALinkArmsGoesWithItsGreenThread() throws {
    let thread = spawn {}
    thread.link { _ in
      _ = Timeout(after: .seconds(1))
      Hub.current.scheduleLocal(after: .seconds(1)) { XCTFail("of a green thread that has ended") }
      GreenThread.spawnLocal(after: .seconds(1)) { XCTFail("of one that has ended") }
    }
    try thread.wait()
    let heir = spawn { try GreenThread.sleep(for: .seconds(5)) }
    try heir.wait()
  }

  func testTheCurrentGreenThreadOfACallbackIsMain() throws {
    for _ in 0..<10 { try spawn {}.wait() }
    let seen = Event<AnyGreenThread>()
    Hub.current.schedule(after: .seconds(1)) { seen.send(GreenThread.current) }
    XCTAssertTrue(try seen.wait() === Hub.current.main)
  }

  func testAnErrorWhoseWaiterWasKilledIsReported() throws {
    func makeWaiter() -> GreenThread<Void> {
      let thread = spawn { () throws -> Void in
        try GreenThread.sleep(for: .seconds(1))
        throw Failure("unseen")
      }
      return spawn { try thread.wait() }
    }
    let waiter = makeWaiter()
    try GreenThread.yield()
    // In the turn in which the error wakes the waiter, and before it runs.
    spawn(after: .seconds(1)) { waiter.interruptLater(GreenThreadExit()) }
    XCTAssertThrowsError(try waiter.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertEqual(takeUncaughtErrors().map { "\($0.error)" }, ["Failure(text: \"unseen\")"])
  }
}
