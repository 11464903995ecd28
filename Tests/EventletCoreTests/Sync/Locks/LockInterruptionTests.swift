import EventletCore
import EventletTesting
import XCTest

/// Kills and timeouts at every point where a lock or what goes with it waits.
final class LockInterruptionTests: InterruptionTestCase {
  /// Has the lock be held by who will release it.
  private func hold(inHub: Bool, _ acquire: @escaping () -> Bool) throws {
    guard inHub else { return XCTAssertTrue(acquire()) }
    var isHeld = false
    Hub.current.schedule(after: .zero) { isHeld = acquire() }
    while !isHeld { try GreenThread.yield() }
  }

  // Eventlet: M6
  func testLock() throws {
    try check("Lock.acquire") { wakesInHub in
      let lock = Lock()
      try hold(inHub: wakesInHub) { lock.acquireNoWait() }
      return Point(
        kind: .broadcast,
        victim: {
          guard try lock.acquire(timeout: $0) else { return false }
          lock.release()
          return true
        },
        next: { try lock.withLock {} }, wake: { lock.release() },
        verify: { _ in
          XCTAssertFalse(lock.isLocked)
          XCTAssertEqual(lock.waitingCount, 0)
        })
    }
  }

  func testRLock() throws {
    try check("RLock.acquire") { wakesInHub in
      let lock = RLock()
      try hold(inHub: wakesInHub) { lock.acquireNoWait() && lock.acquireNoWait() }
      return Point(
        kind: .broadcast,
        victim: {
          guard try lock.acquire(timeout: $0) else { return false }
          try lock.withLock {}
          lock.release()
          return true
        },
        next: { try lock.withLock { try lock.withLock {} } },
        wake: {
          lock.release()
          lock.release()
        },
        verify: { _ in
          XCTAssertFalse(lock.isLocked)
          XCTAssertEqual(lock.waitingCount, 0)
        })
    }
  }

  private func check(_ name: String, reads: Bool, nextReads: Bool) throws {
    try check(name) { wakesInHub in
      let lock = RWLock()
      try hold(inHub: wakesInHub) { lock.acquireWriteNoWait() }
      return Point(
        kind: .broadcast,
        victim: {
          if reads {
            guard try lock.acquireRead(timeout: $0) else { return false }
            lock.releaseRead()
          } else {
            guard try lock.acquireWrite(timeout: $0) else { return false }
            lock.releaseWrite()
          }
          return true
        },
        next: { nextReads ? try lock.withReadLock {} : try lock.withWriteLock {} },
        wake: { lock.releaseWrite() },
        verify: { _ in
          XCTAssertFalse(lock.isWriting)
          XCTAssertEqual([lock.readerCount, lock.waitingCount], [0, 0])
        })
    }
  }

  func testRWLock() throws {
    try check("reader before reader", reads: true, nextReads: true)
    try check("reader before writer", reads: true, nextReads: false)
    try check("writer before reader", reads: false, nextReads: true)
    try check("writer before writer", reads: false, nextReads: false)
  }

  func testCondition() throws {
    try check("Condition.wait") {
      let condition = Condition()
      let lock = condition.lock
      return Point(
        kind: .passesOn,
        victim: { limit in
          try lock.withLock {
            defer { XCTAssertTrue(lock.isHeldByCurrent) }
            return try condition.wait(timeout: limit)
          }
        },
        next: { try lock.withLock { _ = try condition.wait() } }, wake: { condition.notify() },
        verify: { _ in
          XCTAssertFalse(lock.isLocked)
          XCTAssertEqual([lock.waitingCount, condition.waitingCount], [0, 0])
        })
    }
  }

  // Eventlet: M5
  func testWaitGroup() throws {
    try check("WaitGroup.wait") {
      let group = WaitGroup()
      group.add()
      return Point(
        kind: .broadcast, victim: { try group.wait(timeout: $0) }, next: { try group.wait() },
        wake: { group.done() }, verify: { _ in XCTAssertEqual(group.waitingCount, 0) })
    }
  }
}
