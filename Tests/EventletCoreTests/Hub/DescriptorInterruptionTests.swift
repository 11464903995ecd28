import EventletCore
import EventletTesting
import XCTest

/// Kills and times out a green thread that waits for a descriptor, before the kernel reports
/// anything, and after it has but before the green thread resumes.
///
/// Nothing may be left registered, no byte may be gone, and the next who waits must hear of what
/// the victim was told.
final class DescriptorInterruptionTests: GreenTestCase {
  private struct Point {
    let isForWriting: Bool
    /// Waits, at most so long; false when the time passed.
    let wait: (Duration?) throws -> Bool
    /// Whether the next who waits would be told at once.
    let isKnown: () throws -> Bool
    let forget: () -> Void
  }

  private func check(_ name: String, _ make: (Pair) -> Point) throws {
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let before = HubHoldings()
        let pair = try Pair()
        try check("\(name), \(means), ready: \(isReady)", pair, make(pair), means, isReady)
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }

  private func check(
    _ name: String, _ pair: Pair, _ point: Point, _ means: Interruption, _ isReady: Bool
  ) throws {
    let hub = Hub.current
    if point.isForWriting { pair.fill() }
    func makeReady() { if point.isForWriting { pair.drainFar() } else { pair.send(7) } }
    let victim = try means.ofDescriptorWait(
      name, makingReady: isReady ? makeReady : nil, point.wait)
    do {
      let wasReady = try victim.wait()
      XCTAssertEqual(wasReady, isReady, name)
      XCTAssertEqual(means, .own, name)
    } catch {
      XCTAssertTrue(means == .kill ? error is GreenThreadExit : error is Timeout, name)
      XCTAssertNotEqual(means, .own, name)
    }
    XCTAssertEqual([hub.statistics.descriptorWaits, hub.statistics.timers], [0, 0], name)

    if isReady {
      XCTAssertTrue(try point.isKnown(), name)
    } else {
      let next = spawn { try point.wait(nil) }
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertFalse(next.isFinished, name)
      makeReady()
      XCTAssertTrue(try next.wait(), name)
    }
    if !point.isForWriting {
      XCTAssertEqual(pair.receive(), 7, name)
      XCTAssertNil(pair.receive(), name)
    }
    point.forget()
  }

  // Eventlet: H18
  func testAForeignDescriptor() throws {
    let hub = Hub.current
    try check("waitUntilReadable") { pair in
      Point(
        isForWriting: false, wait: { try hub.waitUntilReadable(pair.near, timeout: $0) },
        isKnown: { try hub.waitUntilReadable(pair.near, timeout: .zero) },
        forget: { hub.notifyClose(pair.near) })
    }
    try check("waitUntilWritable") { pair in
      Point(
        isForWriting: true, wait: { try hub.waitUntilWritable(pair.near, timeout: $0) },
        isKnown: { try hub.waitUntilWritable(pair.near, timeout: .zero) },
        forget: { hub.notifyClose(pair.near) })
    }
  }

  // Eventlet: H18, H38 [!]
  func testAnOwnedDescriptor() throws {
    let hub = Hub.current
    for direction in [DescriptorRecord.Direction.reading, .writing] {
      try check("owned, \(direction)") { pair in
        let record = hub.own(pair.near)
        // Its owner has tried, and been told to wait.
        record.usedUpReading()
        if direction == .writing { record.usedUpWriting() }
        return Point(
          isForWriting: direction == .writing,
          wait: { try record.wait(for: direction, until: hub.deadline(after: $0)) },
          isKnown: { direction == .reading ? record.isReadable : record.isWritable },
          forget: { record.detach() })
      }
    }
  }

  /// Interrupting who waits for one direction leaves who waits for the other.
  func testTheOtherDirectionGoesOn() throws {
    for isReaderKilled in [true, false] {
      let hub = Hub.current
      let before = HubHoldings()
      let pair = try Pair()
      pair.fill()
      let reader = spawn { try hub.waitUntilReadable(pair.near) }
      let writer = spawn { try hub.waitUntilWritable(pair.near) }
      try GreenThread.yield()
      try (isReaderKilled ? reader : writer).kill()
      XCTAssertEqual(hub.statistics.descriptorWaits, 1)
      if isReaderKilled { pair.drainFar() } else { pair.send() }
      XCTAssertTrue(try (isReaderKilled ? writer : reader).wait())
      hub.notifyClose(pair.near)
      XCTAssertEqual(HubHoldings(), before)
    }
  }
}
