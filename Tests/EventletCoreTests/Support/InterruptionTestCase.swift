import EventletCore
import EventletTesting
import XCTest

/// Kills and times out a green thread at every point where a primitive waits.
///
/// Two wait in line, the victim first. Whatever becomes of it, nothing may be lost
/// or doubled, the next in line gets what the victim did not take, and the hub
/// holds what it held before.
class InterruptionTestCase: GreenTestCase {
  /// What a victim that is interrupted after it was chosen does.
  enum Kind {
    /// Throws, and what it was chosen for goes to the next.
    case passesOn
    /// Returns: it has happened, and cannot be taken back.
    case keeps
    /// Throws; the next has got the same anyway, or gets it without another wake.
    case broadcast
  }

  struct Point {
    let kind: Kind
    /// Waits, at most so long; false when the time passed.
    let victim: (Duration?) throws -> Bool
    let next: () throws -> Void
    /// Satisfies the first in line.
    let wake: () throws -> Void
    /// Looks at what is left, told whether the victim got it.
    let verify: (Bool) throws -> Void
  }

  /// Leave `own` out for what has no timeout of its own.
  func check(
    _ name: String, means: [Interruption] = Interruption.allCases, _ make: () throws -> Point
  ) throws {
    try check(name, means: means) { _ in try make() }
  }

  // `make` is told whether `wake` will be called on the hub's own stack.
  func check(
    _ name: String, means: [Interruption] = Interruption.allCases,
    _ make: (_ wakesInHub: Bool) throws -> Point
  ) throws {
    for means in means {
      for isChosen in [false, true] {
        let before = HubHoldings()
        let name = "\(name), \(means), chosen: \(isChosen)"
        try check(name, make(isChosen && means != .kill), means, isChosen)
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }

  private func check(_ name: String, _ point: Point, _ means: Interruption, _ isChosen: Bool) throws
  {
    if isChosen, means != .kill {
      // Armed before the victim's limit, so due just before it in the same turn.
      Hub.current.schedule(after: .seconds(1)) { try point.wake() }
    }
    let victim = means.spawnVictim(of: point.victim)
    let next = spawn { try point.next() }
    try GreenThread.yield()
    if means == .kill {
      if isChosen { try point.wake() }
      try victim.kill()
    } else {
      try GreenThread.sleep(for: .seconds(2))
    }
    XCTAssertTrue(victim.isFinished, name)
    var gotIt = false
    do { gotIt = try victim.wait() } catch {
      XCTAssertTrue(means == .kill ? error is GreenThreadExit : error is Timeout, name)
    }
    XCTAssertEqual(gotIt, isChosen && (means == .own || point.kind == .keeps), name)
    // Gets the victim's stack, with its place in line on it, and nothing that is meant for others.
    let heir = spawn { try GreenThread.sleep(for: .seconds(60)) }
    try GreenThread.yield()
    if !isChosen {
      XCTAssertFalse(next.isFinished, name)
      try point.wake()
    }
    try GreenThread.yield()
    XCTAssertEqual(next.isFinished, !gotIt || point.kind == .broadcast, name)
    if !next.isFinished { try point.wake() }
    try next.wait()
    XCTAssertFalse(heir.isFinished, name)
    try heir.kill()
    try point.verify(gotIt)
  }
}
