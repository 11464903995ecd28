import Eventlet
import EventletTesting
import XCTest

final class TimeoutsAndKillsTests: GuideTestCase {
  private func withSilentServer(_ body: (SocketAddress) throws -> Void) throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { listener.close() }
    try body(listener.localAddress)
  }

  func testALimitForAScope() throws {
    try withSilentServer { address in
      do {
        let answer = try withTimeout(.seconds(5)) { try ask(address, "time") }
        print(answer)
      } catch is any TimeoutError {
        print("no answer in five seconds")
      }
    }
    assertPrinted("no answer in five seconds")
    XCTAssertEqual(clock.elapsed, .seconds(5))
  }

  func testADefault() throws {
    try withSilentServer { address in
      let answer = try withTimeout(.seconds(5), default: "unknown") { try ask(address, "time") }
      print(answer)
    }
    assertPrinted("unknown")
  }

  func testWhichOfTwo() throws {
    let whole = Timeout(after: .seconds(10))
    defer { whole.cancel() }
    for step in 1...3 {
      do {
        try withTimeout(.seconds(4)) { try GreenThread.sleep(for: .seconds(60)) }
      } catch let error as Timeout where error !== whole {
        print("step \(step) was too slow")
      } catch let error as Timeout {
        print("after ten seconds, \(error === whole)")
      }
    }

    assertPrinted("step 1 was too slow", "step 2 was too slow", "after ten seconds, true")
  }

  func testAKill() throws {
    let worker = spawn {
      defer { print("cleaned up") }
      try GreenThread.sleep(for: .seconds(60))
    }
    try GreenThread.yield()  // lets it begin
    try worker.kill()
    print("killed")
    do { try worker.wait() } catch is GreenThreadExit { print("ended by the kill") }

    assertPrinted("cleaned up", "killed", "ended by the kill")
    XCTAssertEqual(clock.elapsed, .zero)
  }

  func testCleaningUpWithAWait() throws {
    let log = LightQueue<String>(maxSize: 0)
    let worker = spawn {
      defer { try? withShield(upTo: .seconds(5)) { try log.put("gone") } }
      try GreenThread.sleep(for: .seconds(60))
    }

    try GreenThread.yield()
    try worker.kill()
    XCTAssertFalse(worker.isFinished)
    try worker.kill()  // comes too early to end the clean-up
    XCTAssertEqual(try log.get(), "gone")
    XCTAssertThrowsError(try worker.wait())
  }

  func testCancellingADelayedStart() throws {
    let reminder = spawn(after: .seconds(60)) { print("still there?") }
    reminder.cancel()

    try GreenThread.sleep(for: .seconds(100))
    assertPrinted()
  }

  func testWatchingAnEnd() throws {
    let worker = spawn(name: "worker") { try GreenThread.sleep(for: .seconds(60)) }
    worker.link { print("\($0.name) has ended") }

    try worker.kill()
    assertPrinted("worker has ended")
  }

  func testNothingIsLost() throws {
    let jobs = LightQueue<String>()
    let first = spawn { try jobs.get() }
    let second = spawn { try jobs.get() }
    try GreenThread.yield()
    try jobs.put("job")  // wakes the first,
    try first.kill()  // which is killed before it has run
    print(try second.wait())

    assertPrinted("job")
  }
}
