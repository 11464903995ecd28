import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

/// Tests with pools of their own, whose OS threads may not outlive them.
///
/// Where an OS thread has to be somewhere, gates and events hold it there: nothing is a matter of
/// speed. Time is virtual, so a limit passes as soon as everything waits.
class ThreadPoolTestCase: GreenTestCase {
  private var pools: [ThreadPool] = []

  func makePool(_ size: Int = 20, name: String = "test") -> ThreadPool {
    let pool = ThreadPool(size: size, name: name)
    pools.append(pool)
    return pool
  }

  override func invokeTest() {
    super.invokeTest()
    // On a hub of its own: that of the test is gone.
    for pool in pools {
      XCTAssertEqual(pool.runningCount + pool.waitingCount, 0, "\(name) left jobs")
      XCTAssertTrue(try pool.shutDown())
      XCTAssertEqual(pool.threadCount, 0)
    }
    pools = []
    XCTAssertNoThrow(try Hub.current.destroy())
  }

  /// A green thread that waits for a job which has begun and waits at `gate`.
  func spawnBlocked(
    in pool: ThreadPool, at gate: OSGate, file: StaticString = #fileID, line: UInt = #line
  ) throws -> GreenThread<Void> {
    let before = gate.arrivalCount
    let thread = spawn(file: file, line: line) { try pool.execute { gate.pass() } }
    try wait { gate.arrivalCount > before }
    return thread
  }
}

/// Something that several OS threads count.
final class Shared<Value: AtomicRepresentable & Sendable>: Sendable {
  let value: Atomic<Value>
  init(_ value: consuming Value) { self.value = Atomic(value) }
}

/// What several OS threads note, in one order.
final class SharedLog<Entry: Sendable>: Sendable {
  private let log = Guarded<[Entry]>([])
  var entries: [Entry] { log.withLock { $0 } }
  func append(_ entry: Entry) { log.withLock { $0.append(entry) } }
}

/// Counts its living, on any OS thread.
final class PoolCanary: Sendable {
  static let alive = Atomic<Int>(0)
  static var count: Int { alive.load(ordering: .sequentiallyConsistent) }
  let number: Int

  init(_ number: Int = 0) {
    self.number = number
    Self.alive.add(1, ordering: .sequentiallyConsistent)
  }

  deinit { Self.alive.subtract(1, ordering: .sequentiallyConsistent) }
}
