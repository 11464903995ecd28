import CPatchProbe
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// What is run once, joined, or waited for by a certain number.
final class LibcThreadTests: PatchTestCase {
  func testARoutineThatWaitsIsRunOnce() throws {
    let runs = (0..<5).map { _ in spawn { OnceProbe.value } }
    for run in runs { XCTAssertEqual(try run.wait(), 1) }
    let pipe = makePipe()
    let others = (0..<5).map { _ in spawn { probe_once_by_siblings(pipe.reads) } }
    // The first of them is in the routine, and the others wait for that.
    try GreenThread.yield()
    put("x", to: pipe.writes)
    for other in others { XCTAssertEqual(try other.wait(), 1) }
    close(pipe.reads)
    close(pipe.writes)
  }

  /// It is run once more by who comes next.
  func testARoutineThatThrows() {
    XCTAssertEqual(probe_once_that_throws(), 2)
  }

  // Eventlet: GM23
  func testJoining() throws {
    let pipe = makePipe()
    let sibling = spawn { self.put("x", to: pipe.writes) }
    XCTAssertEqual(probe_join(pipe.reads), 7)
    try sibling.wait()
    // The address sanitizer ends the process for that.
    if !Sanitizer.isActive { XCTAssertEqual(pthread_join(pthread_self(), nil), EDEADLK) }
    close(pipe.reads)
    close(pipe.writes)
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

  /// Each of them is one whom the others wait for.
  func testABarrierOfMany() throws {
    let count = 300
    let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    pthread_barrier_init(barrier, nil, UInt32(count))
    let threads = (0..<count).map { _ in spawn { pthread_barrier_wait(barrier) } }
    let results = try threads.map { try $0.wait() }
    XCTAssertEqual(results.count { $0 == PTHREAD_BARRIER_SERIAL_THREAD }, 1)
    pthread_barrier_destroy(barrier)
    barrier.deallocate()
  }
}

private enum OnceProbe {
  nonisolated(unsafe) private static var runs = 0
  static let value: Int = {
    runs += 1
    usleep(0)  // lets the others come
    return runs
  }()
}
