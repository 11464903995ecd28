import EventletCore
import EventletTesting
import XCTest

final class RWLockTests: GreenTestCase {
  private let lock = RWLock()
  private var log: [String] = []

  private func reader(_ name: String) -> GreenThread<Void> {
    spawn(name: name) { [unowned self] in
      try lock.withReadLock { try work(name) }
    }
  }

  private func writer(_ name: String) -> GreenThread<Void> {
    spawn(name: name) { [unowned self] in
      try lock.withWriteLock { try work(name) }
    }
  }

  private func work(_ name: String) throws {
    log.append("\(name)+")
    try GreenThread.sleep(for: .seconds(1))
    log.append("\(name)-")
  }

  private var isFree: Bool { lock.readerCount == 0 && !lock.isWriting && lock.waitingCount == 0 }

  func testReadersGoInTogetherAndWithoutASwitch() throws {
    try assertDoesNotSwitch {
      try lock.withReadLock {
        XCTAssertTrue(lock.acquireReadNoWait())
        XCTAssertEqual(lock.readerCount, 2)
        XCTAssertFalse(lock.acquireWriteNoWait())
        lock.releaseRead()
      }
      try lock.withWriteLock {
        XCTAssertTrue(lock.isWriting)
        XCTAssertFalse(lock.acquireReadNoWait())
        XCTAssertFalse(lock.acquireWriteNoWait())
      }
    }
    XCTAssertTrue(isFree)
  }

  func testALineIsServedInOrderAndNeighbouringReadersTogether() throws {
    let threads = [
      reader("a"), reader("b"), writer("C"), reader("d"), reader("e"), writer("F"), writer("G"),
      reader("h"),
    ]
    try GreenThread.yield()
    XCTAssertEqual([lock.readerCount, lock.waitingCount], [2, 6])
    for thread in threads { try thread.wait() }
    XCTAssertEqual(
      log,
      [
        "a+", "b+", "a-", "b-", "C+", "C-", "d+", "e+", "d-", "e-", "F+", "F-", "G+", "G-", "h+",
        "h-",
      ])
    XCTAssertEqual(clock.elapsed, .seconds(6))
    XCTAssertTrue(isFree)
  }

  func testAWaitingWriterIsNotOvertakenByReaders() throws {
    let first = reader("a")
    let second = writer("B")
    try GreenThread.yield()
    XCTAssertFalse(lock.acquireReadNoWait())
    XCTAssertFalse(try lock.acquireRead(timeout: .milliseconds(1)))
    try first.wait()
    XCTAssertTrue(lock.isWriting)
    XCTAssertFalse(lock.acquireReadNoWait())
    try second.wait()
    XCTAssertTrue(isFree)
  }

  func testReadersBehindAWriterThatGivesUpGoIn() throws {
    for kills in [true, false] {
      log = []
      try lock.acquireRead()
      let victim = spawn { [lock] in try lock.acquireWrite(timeout: .seconds(1)) }
      let behind = [reader("a"), reader("b"), writer("C")]
      try GreenThread.yield()
      XCTAssertEqual(lock.waitingCount, 4)
      if kills {
        try victim.kill()
      } else {
        XCTAssertFalse(try victim.wait())
      }
      try GreenThread.yield()
      XCTAssertEqual(log, ["a+", "b+"])
      XCTAssertEqual(lock.readerCount, 3)
      lock.releaseRead()
      for thread in behind { try thread.wait() }
      XCTAssertEqual(log, ["a+", "b+", "a-", "b-", "C+", "C-"])
      XCTAssertTrue(isFree)
    }
  }

  func testAWriterThatTakesItAgainGetsAnError() throws {
    try lock.withWriteLock {
      for again in [lock.acquireRead, lock.acquireWrite] {
        XCTAssertThrowsError(try again(.seconds(1))) { error in
          guard case HubError.selfWait = error else { return XCTFail("\(error)") }
        }
      }
    }
    XCTAssertTrue(isFree)
  }

  func testTheScopedFormsReleaseOnEveryWayOut() throws {
    XCTAssertThrowsError(try lock.withReadLock { throw Failure() })
    XCTAssertThrowsError(try lock.withWriteLock { throw Failure() })
    XCTAssertTrue(isFree)
    for thread in [reader("a"), writer("B")] {
      try GreenThread.yield()
      XCTAssertFalse(isFree && thread.isRunning)
      try thread.kill()
    }
    XCTAssertTrue(isFree)
  }

  func testReportsSayHowItIsHeld() throws {
    let threads = [reader("a"), writer("B"), writer("C")]
    try GreenThread.yield()
    XCTAssertTrue(Hub.current.report().contains("a lock held for reading by 1 green threads"))
    try threads[0].wait()
    try GreenThread.yield()
    XCTAssertTrue(
      Hub.current.report().contains("a lock held for writing by \(threads[1])"),
      Hub.current.report())
    for thread in threads { try thread.kill() }
  }
}
