import CPatchProbe
import Dispatch
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
      let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
      var attributes = pthread_mutexattr_t()
      pthread_mutexattr_init(&attributes)
      pthread_mutexattr_settype(&attributes, Int32(kind))
      pthread_mutex_init(mutex, &attributes)
      try checkExclusion("kind \(kind)") {
        XCTAssertEqual(pthread_mutex_lock(mutex), 0)
      } unlock: {
        XCTAssertEqual(pthread_mutex_unlock(mutex), 0)
      }
      pthread_mutex_destroy(mutex)
      mutex.deallocate()
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
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutex_lock(mutex)
    let sibling = spawn { pthread_mutex_trylock(mutex) }
    XCTAssertEqual(try sibling.wait(), EBUSY)
    XCTAssertEqual(pthread_mutex_trylock(mutex), 0)
    pthread_mutex_unlock(mutex)
    pthread_mutex_unlock(mutex)
    let later = spawn { pthread_mutex_trylock(mutex) }
    XCTAssertEqual(try later.wait(), 0)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
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
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_mutex_lock(mutex)
    let sibling = spawn {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      time.tv_nsec += 20_000_000
      if time.tv_nsec >= 1_000_000_000 {
        time.tv_sec += 1
        time.tv_nsec -= 1_000_000_000
      }
      return pthread_mutex_timedlock(mutex, &time)
    }
    XCTAssertEqual(try sibling.wait(), ETIMEDOUT)
    pthread_mutex_unlock(mutex)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  // MARK: Conditions and semaphores

  // Eventlet: GM23
  func testConditionsBetweenSiblings() throws {
    let condition = NSCondition()
    var items = 0
    let consumers = (0..<5).map { _ in
      spawn {
        condition.lock()
        while items == 0 { condition.wait() }
        items -= 1
        condition.unlock()
      }
    }
    try GreenThread.yield()
    for _ in 0..<3 {
      condition.lock()
      items += 1
      condition.signal()
      condition.unlock()
    }
    condition.lock()
    items += 2
    condition.broadcast()
    condition.unlock()
    for consumer in consumers { try consumer.wait() }
    XCTAssertEqual(items, 0)
    condition.lock()
    XCTAssertFalse(condition.wait(until: Date(timeIntervalSinceNow: 0.02)))
    condition.unlock()
  }

  func testConditionsBetweenOSThreads() throws {
    let condition = NSCondition()
    nonisolated(unsafe) var isOpen = false
    let waiters = (0..<5).map { _ in
      spawn {
        condition.lock()
        while !isOpen { condition.wait() }
        condition.unlock()
      }
    }
    try GreenThread.yield()
    try ThreadPool.execute {
      condition.lock()
      isOpen = true
      condition.broadcast()
      condition.unlock()
    }
    for waiter in waiters { try waiter.wait() }
    isOpen = false
    let thread = spawn {
      try ThreadPool.execute {
        condition.lock()
        while !isOpen { condition.wait() }
        condition.unlock()
      }
    }
    try GreenThread.sleep(for: .milliseconds(20))
    condition.lock()
    isOpen = true
    condition.signal()
    condition.unlock()
    try thread.wait()
  }

  func testSemaphores() throws {
    let semaphore = DispatchSemaphore(value: 0)
    var passed = 0
    let waiters = (0..<5).map { _ in
      spawn {
        semaphore.wait()
        passed += 1
      }
    }
    try GreenThread.yield()
    semaphore.signal()
    DispatchQueue.global().async { for _ in 0..<4 { semaphore.signal() } }
    for waiter in waiters { try waiter.wait() }
    XCTAssertEqual(passed, 5)
    XCTAssertEqual(semaphore.wait(timeout: .now() + 0.02), .timedOut)
  }

  func testASemaphoreThatAHandlerPosts() throws {
    XCTAssertEqual(probe_semaphore_posted_by_signal(), 0)
  }

  // MARK: Once, join, barriers

  func testARoutineThatWaitsIsRunOnce() throws {
    let runs = (0..<5).map { _ in spawn { OnceProbe.value } }
    for run in runs { XCTAssertEqual(try run.wait(), 1) }
    XCTAssertEqual(probe_once_by_siblings(0), 0)
    let others = (0..<5).map { _ in spawn { probe_once_by_siblings(1) } }
    for other in others { XCTAssertEqual(try other.wait(), 1) }
  }

  // Eventlet: GM23
  func testJoining() throws {
    var turns = 0
    let sibling = spawn {
      while true {
        turns += 1
        try GreenThread.sleep(for: .milliseconds(1))
      }
    }
    XCTAssertEqual(probe_join(), 7)
    XCTAssertGreaterThan(turns, 3)
    try sibling.kill()
    XCTAssertEqual(pthread_join(pthread_self(), nil), EDEADLK)
  }

  func testBarriers() throws {
    nonisolated(unsafe) let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    pthread_barrier_init(barrier, nil, 3)
    let threads = (0..<2).map { _ in spawn { pthread_barrier_wait(barrier) } }
    let other = spawn { try ThreadPool.execute { pthread_barrier_wait(barrier) } }
    let results = try threads.map { try $0.wait() } + [try other.wait()]
    XCTAssertEqual(results.sorted(), [PTHREAD_BARRIER_SERIAL_THREAD, 0, 0])
    pthread_barrier_destroy(barrier)
    barrier.deallocate()
  }

  // MARK: Dispatch

  func testBodiesOfAQueueThatWait() throws {
    XCTAssertTrue(MonkeyPatch.reachesDispatch)
    let queue = DispatchQueue(label: "serial")
    nonisolated(unsafe) var inside = 0
    nonisolated(unsafe) var most = 0
    let threads = (0..<5).map { _ in
      spawn {
        queue.sync {
          inside += 1
          most = max(most, inside)
          usleep(2000)
          inside -= 1
        }
      }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(most, 1)
    XCTAssertEqual(queue.sync { 42 }, 42)
    struct Refused: Error {}
    XCTAssertThrowsError(try queue.sync { throw Refused() })
    let group = DispatchGroup()
    queue.async(group: group) { usleep(2000) }
    group.wait()
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
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var number = 0

  init() { pthread_mutex_init(mutex, nil) }

  deinit { mutex.deallocate() }

  func add(_ meanwhile: () -> Void) {
    pthread_mutex_lock(mutex)
    let before = number
    meanwhile()
    number = before + 1
    pthread_mutex_unlock(mutex)
  }

  var value: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return number
  }
}

private enum OnceProbe {
  nonisolated(unsafe) private static var runs = 0
  static let value: Int = {
    runs += 1
    usleep(5000)
    return runs
  }()
}
