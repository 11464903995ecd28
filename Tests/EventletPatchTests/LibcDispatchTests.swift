import Dispatch
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import Synchronization
import XCTest

/// Queues whose bodies green threads wait for.
final class LibcDispatchTests: PatchTestCase {
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

  func testAWorkItemThatIsABarrier() throws {
    let queue = DispatchQueue(label: "concurrent", attributes: .concurrent)
    let inside = Atomic(0), most = Atomic(0)
    let threads = (0..<5).map { _ in
      spawn {
        queue.sync(
          execute: DispatchWorkItem(flags: .barrier) {
            let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
            most.max(now, ordering: .sequentiallyConsistent)
            usleep(2000)
            inside.subtract(1, ordering: .sequentiallyConsistent)
          })
      }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(most.load(ordering: .sequentiallyConsistent), 1)
  }
}
