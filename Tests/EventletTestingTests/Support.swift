import EventletCore
import EventletTesting
import Glibc
import XCTest

/// A test case that is told of failures instead of failing, for tests of what must fail.
///
/// Not a `GreenTestCase`: what it runs takes the OS thread's hub.
class FailureCollectingTestCase: XCTestCase {
  private var collected: [String]?

  /// The failures that `body` records, one text each.
  func failures(of body: () throws -> Void) rethrows -> [String] {
    collected = []
    defer { collected = nil }
    try body()
    return collected ?? []
  }

  override func recordFailure(
    withDescription description: String, inFile filePath: String, atLine lineNumber: Int,
    expected: Bool
  ) {
    if collected != nil {
      collected?.append(description)
    } else {
      super.recordFailure(
        withDescription: description, inFile: filePath, atLine: lineNumber, expected: expected)
    }
  }
}

/// A green test that XCTest does not find by itself.
final class Probe: GreenTestCase {
  convenience init(_ body: @escaping (Probe) throws -> Void) {
    self.init(name: "probe") { test in
      guard let test = test as? Probe else { return XCTFail("no probe") }
      do { try body(test) } catch { XCTFail("threw \(error)") }
    }
  }
}

/// An OS thread that runs a closure.
final class OSThread {
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private var handle = pthread_t()

  init(_ body: @escaping @Sendable () -> Void) {
    let failed = pthread_create(
      &handle, nil,
      { opaque in
        guard let opaque else { return nil }
        Unmanaged<Box>.fromOpaque(opaque).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    XCTAssertEqual(failed, 0)
  }

  func join() { pthread_join(handle, nil) }
}

/// Returns when no watchdog watches any more; one that was not stopped ends the process.
func waitUntilNobodyWatches() {
  while Watchdog.watchingCount > 0 { sched_yield() }
}

struct Odd: Error {}
