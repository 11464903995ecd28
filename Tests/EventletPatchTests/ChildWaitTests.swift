import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// Waiting for any of several child processes.
final class ChildWaitTests: PatchTestCase {
  /// What one call of `waitpid` finds, or the error.
  private func waitFor(_ which: pid_t) -> pid_t {
    var status: Int32 = 0
    let found = waitpid(which, &status, 0)
    return found < 0 ? -errno : found
  }

  /// A child in a process group of its own.
  private func startGroup() -> pid_t {
    let child = startChildThatStays()
    XCTAssertEqual(setpgid(child, child), 0)
    return child
  }

  /// Each child is found by one, and nobody waits for what is not there.
  func testTwoWaitForAny() throws {
    for _ in 0..<3 {
      let children = [startChildThatStays(), startChildThatStays()]
      let waiters = (0..<3).map { _ in spawn { self.waitFor(-1) } }
      try GreenThread.yield()
      for child in children { XCTAssertEqual(kill(child, SIGKILL), 0) }
      let found = try waiters.map { try $0.wait() }
      XCTAssertEqual(found.sorted(), [-ECHILD] + children.sorted())
    }
  }

  /// They are no children of the child's.
  func testAWaitThatIsInAForkedChildToo() throws {
    let child = startGroup()
    let waiter = spawn { self.waitFor(-child) }
    try GreenThread.yield()
    XCTAssertEqual(inChild { try waiter.wait() == -ECHILD ? 7 : 1 }, 7)
    XCTAssertFalse(waiter.isFinished)
    kill(child, SIGKILL)
    XCTAssertEqual(try waiter.wait(), child)
  }

  func testAForkedChildWaitsForItsOwn() throws {
    let child = startGroup()
    let waiter = spawn { self.waitFor(-child) }
    try GreenThread.yield()
    let result = inChild {
      let own = startChildThatStays()
      let waiters = (0..<2).map { _ in spawn { self.waitFor(-1) } }
      try GreenThread.yield()
      kill(own, SIGKILL)
      return try waiters.map { try $0.wait() }.sorted() == [-ECHILD, own] ? 7 : 1
    }
    XCTAssertEqual(result, 7)
    kill(child, SIGKILL)
    XCTAssertEqual(try waiter.wait(), child)
  }

  /// Each would keep an OS thread waiting, as long as no child ends.
  func testWaitsThatWereGivenUpAreInNobodysWay() throws {
    let child = startChildThatStays()
    for _ in 0..<3 {
      let waiters = (0..<64).map { _ in spawn { self.waitFor(-1) } }
      try GreenThread.yield()
      for waiter in waiters { try waiter.kill() }
    }
    var found: UnsafeMutablePointer<addrinfo>?
    XCTAssertEqual(getaddrinfo("localhost", "80", nil, &found), 0)
    freeaddrinfo(found)
    kill(child, SIGKILL)
    XCTAssertEqual(waitFor(-1), child)
  }
}
