import CPatchProbe
import EventletCore
import EventletPatch
import EventletTesting
import Foundation
import Glibc
import XCTest

/// Locks between siblings, whom libc takes for one thread, and between OS threads.
final class LibcLockTests: PatchTestCase {
  /// Runs `body` in ten green threads at once, and checks that they were in it one at a time.
  private func checkExclusion(
    _ name: String, lock: @escaping () -> Void, unlock: @escaping () -> Void
  ) throws {
    var inside = 0, most = 0, turns = 0
    let threads = (0..<10).map { _ in
      spawn {
        for _ in 0..<3 {
          lock()
          inside += 1
          most = max(most, inside)
          try GreenThread.yield()
          try GreenThread.yield()
          turns += 1
          inside -= 1
          unlock()
        }
      }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(most, 1, name)
    XCTAssertEqual(turns, 30, name)
  }

  func testMutexesOfEveryKind() throws {
    let kinds = [
      PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK,
      PTHREAD_MUTEX_ADAPTIVE_NP,
    ]
    for kind in kinds {
      let mutex = LibcMutex(Int(kind))
      try checkExclusion("kind \(kind)") {
        XCTAssertEqual(mutex.lock(), 0)
      } unlock: {
        XCTAssertEqual(mutex.unlock(), 0)
      }
    }
  }

  func testTheLocksOfC11() throws {
    probe_c11_prepare()
    try checkExclusion("mtx_t") {
      XCTAssertEqual(probe_c11_lock(), 0)
    } unlock: {
      XCTAssertEqual(probe_c11_unlock(), 0)
    }
    let waiter = spawn {
      [probe_c11_lock(), probe_c11_wait(), probe_c11_unlock()]
    }
    try GreenThread.yield()
    XCTAssertEqual(probe_c11_lock(), 0)
    XCTAssertEqual(probe_c11_signal(), 0)
    let late = spawn { probe_c11_lock_for(1) }
    XCTAssertEqual(try late.wait(), 4, "thrd_timedout")
    XCTAssertEqual(probe_c11_unlock(), 0)
    XCTAssertEqual(try waiter.wait(), [0, 0, 0])
  }

  // Eventlet: PA12
  func testFoundationsLocks() throws {
    let lock = NSLock(), recursive = NSRecursiveLock()
    try checkExclusion("NSLock") {
      lock.lock()
    } unlock: {
      lock.unlock()
    }
    try checkExclusion("NSRecursiveLock") {
      recursive.lock()
      recursive.lock()
    } unlock: {
      recursive.unlock()
      recursive.unlock()
    }
  }

  func testWritersExclude() throws {
    let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    pthread_rwlock_init(lock, nil)
    try checkExclusion("rwlock") {
      XCTAssertEqual(pthread_rwlock_wrlock(lock), 0)
    } unlock: {
      XCTAssertEqual(pthread_rwlock_unlock(lock), 0)
    }
    var inside = 0, most = 0
    let readers = (0..<5).map { _ in
      spawn {
        XCTAssertEqual(pthread_rwlock_rdlock(lock), 0)
        inside += 1
        most = max(most, inside)
        try GreenThread.yield()
        inside -= 1
        pthread_rwlock_unlock(lock)
      }
    }
    for reader in readers { try reader.wait() }
    XCTAssertEqual(most, 5)
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  func testARecursiveMutexIsRefusedToASibling() throws {
    let mutex = LibcMutex(Int(PTHREAD_MUTEX_RECURSIVE))
    mutex.lock()
    let sibling = spawn { mutex.tryLock() }
    XCTAssertEqual(try sibling.wait(), EBUSY)
    XCTAssertEqual(mutex.tryLock(), 0)
    mutex.unlock()
    mutex.unlock()
    let later = spawn { mutex.tryLock() }
    XCTAssertEqual(try later.wait(), 0)
  }

  /// Taken by the main green thread, and given back when there is no hub any more.
  func testAMutexThatOutlivesItsHub() throws {
    try ThreadPool.execute {
      let lock = NSRecursiveLock()
      lock.lock()
      try Hub.use(Hub.Configuration())
      lock.lock()
      try Hub.current.destroy()
      lock.unlock()
      lock.unlock()
    }
  }

  func testAMutexThatIsNotGivenBackInTime() throws {
    let mutex = LibcMutex()
    mutex.lock()
    let sibling = spawn {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      time.tv_nsec += 20_000_000
      if time.tv_nsec >= 1_000_000_000 {
        time.tv_sec += 1
        time.tv_nsec -= 1_000_000_000
      }
      return pthread_mutex_timedlock(mutex.address, &time)
    }
    XCTAssertEqual(try sibling.wait(), ETIMEDOUT)
    mutex.unlock()
  }

  func testAWriterThatWritesAlreadyIsTold() {
    let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    pthread_rwlock_init(lock, nil)
    XCTAssertEqual(pthread_rwlock_wrlock(lock), 0)
    XCTAssertEqual(pthread_rwlock_wrlock(lock), EDEADLK)
    XCTAssertEqual(pthread_rwlock_rdlock(lock), EDEADLK)
    XCTAssertEqual(pthread_rwlock_trywrlock(lock), EBUSY)
    XCTAssertEqual(pthread_rwlock_unlock(lock), 0)
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  // MARK: Other OS threads

  /// A plain one has it, and waits for what a green thread is to do.
  func testAMutexThatAPlainThreadHolds() throws {
    let pipe = makePipe()
    let mutex = LibcMutex()
    let isHeld = Flag()
    let plain = spawn {
      try ThreadPool.execute {
        mutex.lock()
        isHeld.set()
        var byte: UInt8 = 0
        _ = read(pipe.reads, &byte, 1)
        mutex.unlock()
      }
    }
    try wait { isHeld.isSet }
    let contender = spawn {
      mutex.lock()
      mutex.unlock()
    }
    let writer = spawn { self.put("x", to: pipe.writes) }
    for thread in [writer, contender, plain] { try thread.wait() }
    close(pipe.reads)
    close(pipe.writes)
  }

  /// Its end waits: the green thread is killed when it has the lock.
  func testAHubThatEndsWhileOneWaitsForALock() throws {
    let mutex = LibcMutex()
    let isEnding = Flag()
    mutex.lock()
    let hub = try HubThread.start {
      spawn {
        mutex.lock()
        mutex.unlock()
      }
      try GreenThread.yield()
      isEnding.set()
    }
    try wait { isEnding.isSet && probe_is_asleep(isEnding.thread) != 0 }
    mutex.unlock()
    XCTAssertTrue(try hub.join())
  }

  // MARK: Everything at once

  /// Two hubs and a plain OS thread count with one mutex.
  func testNothingIsLost() throws {
    let (hubs, threads, rounds) = (2, 50, 100)
    let counter = LockedCounter()
    let running = try (0..<hubs).map { _ in
      try HubThread.start {
        let siblings = (0..<threads).map { index in
          spawn {
            for round in 0..<rounds {
              counter.add { if (round + index) % 7 == 0 { usleep(0) } }
            }
          }
        }
        for sibling in siblings { try sibling.wait() }
      }
    }
    let plain = spawn { try ThreadPool.execute { for _ in 0..<1000 { counter.add {} } } }
    for hub in running { XCTAssertTrue(try hub.join()) }
    try plain.wait()
    XCTAssertEqual(counter.value, hubs * threads * rounds + 1000)
  }
}

/// `@unchecked Sendable` because the mutex guards the number.
private final class LockedCounter: @unchecked Sendable {
  private let mutex = LibcMutex()
  private var number = 0

  func add(_ meanwhile: () -> Void) {
    mutex.lock()
    let before = number
    meanwhile()
    number = before + 1
    mutex.unlock()
  }

  var value: Int {
    mutex.lock()
    defer { mutex.unlock() }
    return number
  }
}

/// Time that nobody spends.
final class LibcLockCostTests: GreenTestCase {
  /// The first in line looks whether the lock was given back unseen, and the others sleep.
  func testManyWhoWaitForALockCostNothing() throws {
    try MonkeyPatch.install()
    defer { MonkeyPatch.uninstall() }
    let mutex = LibcMutex()
    mutex.lock()
    let threads = (0..<1000).map { _ in
      spawn {
        mutex.lock()
        mutex.unlock()
      }
    }
    try GreenThread.yield()
    let before = Hub.current.statistics.switches
    try GreenThread.sleep(for: .milliseconds(500))
    XCTAssertLessThan(Hub.current.statistics.switches - before, 200)
    mutex.unlock()
    for thread in threads { try thread.wait() }
  }
}
