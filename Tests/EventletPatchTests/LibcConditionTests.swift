import CPatchProbe
import Dispatch
import EventletCore
import EventletPatch
import EventletTesting
import Foundation
import Glibc
import XCTest

/// Conditions and semaphores between siblings, OS threads, and processes.
final class LibcConditionTests: PatchTestCase {
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
    let begun = Flag()
    let thread = spawn {
      try ThreadPool.execute {
        condition.lock()
        begun.set()
        while !isOpen { condition.wait() }
        condition.unlock()
      }
    }
    try wait { begun.isSet && probe_is_asleep(begun.thread) != 0 }
    condition.lock()
    isOpen = true
    condition.signal()
    condition.unlock()
    try thread.wait()
  }

  func testAConditionTellsOfADeadOwner() {
    XCTAssertEqual(probe_condition_of_dead_owner(), EOWNERDEAD)
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

  // MARK: Other processes

  /// Memory that a child shares.
  private func makeShared<Value>(_: Value.Type) throws -> UnsafeMutablePointer<Value> {
    let memory = mmap(
      nil, MemoryLayout<Value>.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    return try XCTUnwrap(memory).assumingMemoryBound(to: Value.self)
  }

  func testASemaphoreThatAnotherProcessPosts() throws {
    let semaphore = try makeShared(sem_t.self)
    let pipe = makePipe()
    sem_init(semaphore, 1, 0)
    let child = startChild {
      _ = self.take(from: pipe.reads)
      return sem_post(semaphore)
    }
    let waiter = spawn { sem_wait(semaphore) }
    try GreenThread.yield()
    put("x", to: pipe.writes)
    XCTAssertEqual(try waiter.wait(), 0)
    XCTAssertEqual(status(of: child), 0)
    sem_destroy(semaphore)
    munmap(semaphore, MemoryLayout<sem_t>.size)
    close(pipe.reads)
    close(pipe.writes)
  }

  private struct Shared {
    var mutex = pthread_mutex_t()
    var condition = pthread_cond_t()
    var isOpen = false
  }

  func testAConditionThatAnotherProcessSignals() throws {
    let shared = try makeShared(Shared.self)
    let pipe = makePipe()
    shared.initialize(to: Shared())
    var ofMutex = pthread_mutexattr_t(), ofCondition = pthread_condattr_t()
    pthread_mutexattr_init(&ofMutex)
    pthread_mutexattr_setpshared(&ofMutex, Int32(PTHREAD_PROCESS_SHARED))
    pthread_condattr_init(&ofCondition)
    pthread_condattr_setpshared(&ofCondition, Int32(PTHREAD_PROCESS_SHARED))
    pthread_mutex_init(&shared.pointee.mutex, &ofMutex)
    pthread_cond_init(&shared.pointee.condition, &ofCondition)
    let child = startChild {
      _ = self.take(from: pipe.reads)
      pthread_mutex_lock(&shared.pointee.mutex)
      shared.pointee.isOpen = true
      pthread_cond_signal(&shared.pointee.condition)
      return pthread_mutex_unlock(&shared.pointee.mutex)
    }
    let waiter = spawn {
      pthread_mutex_lock(&shared.pointee.mutex)
      while !shared.pointee.isOpen {
        pthread_cond_wait(&shared.pointee.condition, &shared.pointee.mutex)
      }
      return pthread_mutex_unlock(&shared.pointee.mutex)
    }
    try GreenThread.yield()
    put("x", to: pipe.writes)
    XCTAssertEqual(try waiter.wait(), 0)
    XCTAssertEqual(status(of: child), 0)
    munmap(shared, MemoryLayout<Shared>.size)
    close(pipe.reads)
    close(pipe.writes)
  }
}
