import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// Locks that somebody has or waits for when a process forks.
final class PatchedForkTests: PatchTestCase {
  func testLocksAreGreenInAChild() {
    let mutex = LibcMutex()
    let result = inChild {
      let other = spawn {
        mutex.lock()
        usleep(1000)
        mutex.unlock()
      }
      try GreenThread.yield()
      mutex.lock()
      mutex.unlock()
      try other.wait()
      return 9
    }
    XCTAssertEqual(result, 9)
  }

  /// Who forks has it in both, under another number in the child.
  func testAMutexThatIsHeld() {
    for kind in [PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ADAPTIVE_NP] {
      let mutex = LibcMutex(Int(kind))
      mutex.lock()
      let result = inChild {
        let sibling = spawn {
          mutex.lock()
          mutex.unlock()
        }
        try GreenThread.yield()
        mutex.unlock()
        try sibling.wait()
        return 7
      }
      XCTAssertEqual(result, 7, "kind \(kind)")
      mutex.unlock()
    }
  }

  /// Siblings that wait are in both, and each gets it in both.
  func testAMutexThatSiblingsWaitFor() throws {
    let mutex = LibcMutex()
    var turns: Int32 = 0
    mutex.lock()
    let siblings = (0..<5).map { _ in
      spawn {
        mutex.lock()
        turns += 1
        mutex.unlock()
      }
    }
    try GreenThread.yield()
    let result = inChild {
      mutex.unlock()
      for sibling in siblings { try sibling.wait() }
      return turns
    }
    XCTAssertEqual(result, 5)
    mutex.unlock()
    for sibling in siblings { try sibling.wait() }
    XCTAssertEqual(turns, 5)
  }

  /// Starts a hub with a green thread that parks in `body`, and returns when it has.
  private func startHub(parkingIn body: @escaping @Sendable () -> Void) throws -> HubThread {
    let isParked = Flag()
    let hub = try HubThread.start {
      let waiter = spawn { body() }
      try GreenThread.yield()
      isParked.set()
      try waiter.wait()
    }
    try wait { isParked.isSet }
    return hub
  }

  /// Those of other OS threads are not in the child: a signal is for one who is.
  func testAConditionThatOthersWaitFor() throws {
    let mutex = LibcMutex(), condition = LibcCondition()
    let waitForIt: @Sendable () -> Void = {
      mutex.lock()
      condition.wait(with: mutex)
      mutex.unlock()
    }
    let hub = try startHub(parkingIn: waitForIt)
    let sibling = spawn { waitForIt() }
    try GreenThread.yield()
    let result = inChild {
      // The child's hub is made with the first wait.
      try GreenThread.sleep(for: .milliseconds(1))
      condition.signal()
      try sibling.wait()
      return 7
    }
    XCTAssertEqual(result, 7)
    condition.signal()
    condition.signal()
    try sibling.wait()
    XCTAssertTrue(try hub.join())
  }

  // MARK: Semaphores

  private func makeSemaphore() -> UnsafeMutablePointer<sem_t> {
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    return semaphore
  }

  private func free(_ semaphore: UnsafeMutablePointer<sem_t>) {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// What wakes the other hub is the parent's: a post in the child writes to no descriptor.
  func testAPostInAChildWritesNowhere() throws {
    nonisolated(unsafe) let semaphore = makeSemaphore()
    let hub = try startHub { sem_wait(semaphore) }
    let (here, there) = makeSocketPair()
    let result = inChild {
      guard dup2(there, STDIN_FILENO) == STDIN_FILENO else { return 1 }
      let mine = makeSemaphore()
      sem_post(mine)
      var byte: UInt8 = 0
      return recv(here, &byte, 1, Int32(MSG_DONTWAIT)) == -1 && sem_wait(mine) == 0 ? 7 : 2
    }
    XCTAssertEqual(result, 7)
    sem_post(semaphore)
    XCTAssertTrue(try hub.join())
    free(semaphore)
    close(here)
    close(there)
  }

  func testASemaphoreThatASiblingWaitsFor() throws {
    let semaphore = makeSemaphore()
    let low = open("/dev/null", O_RDONLY)
    let waiter = spawn { sem_wait(semaphore) }
    try GreenThread.yield()
    // A number that the child would give to what it opens to wake its hub.
    close(low)
    let result = inChild {
      try GreenThread.sleep(for: .milliseconds(1))
      sem_post(semaphore)
      return try waiter.wait() == 0 ? 7 : 1
    }
    XCTAssertEqual(result, 7)
    sem_post(semaphore)
    XCTAssertEqual(try waiter.wait(), 0)
    free(semaphore)
  }

  // MARK: Routines

  /// The child knows nothing of its end, and has it run again.
  func testARoutineThatAnotherHubRuns() throws {
    let pipe = makePipe()
    RoutineAtFork.waitsFor = pipe.reads
    let hub = try HubThread.start { RoutineAtFork.runOnce() }
    try wait { RoutineAtFork.isRunning.isSet }
    let result = inChild {
      RoutineAtFork.waitsFor = nil
      RoutineAtFork.runOnce()
      return 7
    }
    XCTAssertEqual(result, 7)
    put("x", to: pipe.writes)
    XCTAssertTrue(try hub.join())
    close(pipe.reads)
    close(pipe.writes)
  }
}

/// A routine of C has no context.
private enum RoutineAtFork {
  static let isRunning = Flag()
  nonisolated(unsafe) static var waitsFor: Int32?
  nonisolated(unsafe) private static let control: UnsafeMutablePointer<pthread_once_t> = {
    let control = UnsafeMutablePointer<pthread_once_t>.allocate(capacity: 1)
    control.initialize(to: pthread_once_t())
    return control
  }()

  static func runOnce() {
    pthread_once(control) {
      RoutineAtFork.isRunning.set()
      guard let descriptor = RoutineAtFork.waitsFor else { return }
      var byte: UInt8 = 0
      _ = read(descriptor, &byte, 1)
    }
  }
}
