import EventletCore
import EventletTesting
import Glibc
import Synchronization
import Testing
import XCTest

final class BlockingDetectionTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  override func setUpWithError() throws {
    try super.setUpWithError()
    try XCTSkipIf(Sanitizer.isActive, "it is slower than the limits here")
  }

  // Eventlet: DG6, DG10
  func testAComputationIsReportedWithItsGreenThreadAndItsCalls() throws {
    let reports = Reports(matching: "computer")
    let detection = reports.detection(after: .milliseconds(20))
    let report = try blocked(named: "computer", until: reports) { spin(until: $0) }
    detection.stop()

    XCTAssertTrue(report.label.contains("'computer' (Work/Hard.swift:7)"), report.label)
    XCTAssertNil(report.systemCall)
    XCTAssertGreaterThanOrEqual(report.duration, .milliseconds(20))
    XCTAssertTrue(report.stack.contains { $0.function.contains("spin(until:)") }, "\(report)")
    XCTAssertTrue("\(report)".contains(" ms without switching\n"), "\(report)")
  }

  /// Where the C library, which has no frame pointers, calls back.
  // Eventlet: DG10
  func testThereAreAllCallsAroundTheCLibrary() throws {
    let reports = Reports(matching: "sorter")
    let detection = reports.detection(after: .milliseconds(20))
    let report = try blocked(named: "sorter", until: reports) { done in
      Sorting.done = done
      var numbers: [Int32] = [2, 1]
      qsort(&numbers, 2, 4) { _, _ in
        spin(until: Sorting.done)
        return 0
      }
    }
    detection.stop()

    let functions = report.stack.map(\.function)
    XCTAssertTrue(functions.contains { $0.contains("spin(until:)") }, "\(report)")
    XCTAssertTrue(functions.contains { $0.contains("qsort") }, "\(report)")
    XCTAssertTrue(
      functions.contains { $0.contains("testThereAreAllCallsAroundTheCLibrary") }, "\(report)")
  }

  /// A signal would end it early; so it is not sent one.
  // Eventlet: DG10
  func testASystemCallIsReportedAndNotDisturbed() throws {
    let reports = Reports(matching: "sleeper")
    let detection = reports.detection(after: .milliseconds(20))
    let interruptions = Atomic<Int>(0)
    let report = try blocked(named: "sleeper", until: reports) { done in
      while !done.isSet {
        if !sleepInTheKernel() { interruptions.add(1, ordering: .relaxed) }
      }
    }
    detection.stop()

    XCTAssertEqual(interruptions.load(ordering: .relaxed), 0)
    // Some containers do not tell.
    guard let call = report.systemCall else { return }
    XCTAssertTrue("\(report)".contains("(in system call \(call))"), "\(report)")
    XCTAssertTrue(report.stack.contains { $0.function.contains("nanosleep") }, "\(report)")
    XCTAssertTrue(
      report.stack.contains { $0.function.contains("sleepInTheKernel") }, "\(report)")
    XCTAssertTrue(
      report.stack.contains {
        $0.function.contains("testASystemCallIsReportedAndNotDisturbed")
      }, "\(report)")
  }

  // Eventlet: DG10
  func testACallbackOfTheHubIsReported() throws {
    let reports = Reports(matching: "callback")
    let detection = reports.detection(after: .milliseconds(20))
    let other = OtherHub()
    other.reference.post { spin(until: reports.isDone) }
    let report = try reports.first()
    detection.stop()
    other.stop()

    XCTAssertEqual(report.label, "a callback of the hub")
    XCTAssertTrue(report.stack.contains { $0.function.contains("spin(until:)") }, "\(report)")
  }

  /// The test's own hub and another one wait all the while, and one only yields.
  // Eventlet: DG10
  func testWaitingAndYieldingAreNotBlocking() throws {
    // The second comes after twice the time: what else is reported has come by then.
    let reports = Reports(matching: "'computer'", wanted: 2)
    let idle = OtherHub()
    let yielding = OtherHub()
    yielding.reference.post {
      spawn(name: "yielding") {
        while !reports.isDone.isSet { try GreenThread.yield() }
      }
    }
    let detection = reports.detection(after: .milliseconds(60))
    let report = try blocked(named: "computer", until: reports) { spin(until: $0) }
    detection.stop()
    idle.stop()
    yielding.stop()

    XCTAssertTrue(report.label.contains("'computer'"), report.label)
    XCTAssertEqual(reports.others, [])
  }

  // Eventlet: DG8
  func testAfterStoppingNothingIsReported() throws {
    let none = Reports()
    let stopped = none.detection(after: .milliseconds(5))
    stopped.stop()
    let reports = Reports()
    let detection = reports.detection(after: .milliseconds(40))
    _ = try blocked(named: "computer", until: reports) { spin(until: $0) }
    detection.stop()

    XCTAssertEqual(none.count, 0)
  }

  // Eventlet: DG10
  func testReportsAreLimitedInNumberAndTheRestCounted() throws {
    let few = Reports()
    let limited = few.detection(after: .milliseconds(5), atMostEvery: .seconds(3600))
    _ = try blocked(named: "computer", until: few) { spin(until: $0) }
    for _ in 0..<2 {
      let reports = Reports()
      let detection = reports.detection(after: .milliseconds(40))
      _ = try blocked(named: "computer", until: reports) { spin(until: $0) }
      detection.stop()
    }
    limited.stop()

    XCTAssertEqual(few.count, 1)
  }

  // MARK: Help

  /// Has a green thread of another hub run `body`, which blocks until the report came.
  private func blocked(
    named name: String, until reports: Reports,
    _ body: @escaping @Sendable (Flag) -> Void
  ) throws -> BlockingReport {
    let other = OtherHub()
    other.reference.post {
      spawn(name: name, file: "Work/Hard.swift", line: 7) { body(reports.isDone) }
    }
    defer { other.stop() }
    return try reports.first()
  }
}

/// That a zero limit makes no sense is a programmer's error.
@Suite struct BlockingDetectionMisuseTests {
  // Eventlet: DG7
  @Test func aLimitOfNothingIsRefused() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { Debug.blockingDetection(after: .zero) }
    #expect(text(try #require(result)).contains("the limit must be more than zero"))
  }
}

/// A flag that OS threads share.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}

private enum Sorting {
  static nonisolated(unsafe) var done = Flag()
}

/// What a detection reported.
private final class Reports: Sendable {
  let isDone = Flag()
  private let pattern: String
  private let wanted: Int
  private let home = Hub.current.reference
  private struct State {
    var reports: [BlockingReport] = []
    nonisolated(unsafe) var arrived: Event<BlockingReport>?
  }
  private let state = Mutex(State())

  init(matching pattern: String = "'", wanted: Int = 1) {
    self.pattern = pattern
    self.wanted = wanted
  }

  func detection(
    after limit: Duration, atMostEvery interval: Duration = .zero
  ) -> BlockingDetection {
    let event = Event<BlockingReport>()
    state.withLock { $0.arrived = event }
    return Debug.blockingDetection(after: limit, atMostEvery: interval) { self.add($0) }
  }

  private func add(_ report: BlockingReport) {
    let matching = state.withLock { state in
      state.reports.append(report)
      return state.reports.count { $0.label.contains(pattern) }
    }
    guard matching >= wanted, !isDone.isSet else { return }
    isDone.set()
    home.post { self.state.withLock { $0.arrived }?.send(report) }
  }

  /// Waits, greenly, until as many as are wanted have come, and returns the last of them.
  func first() throws -> BlockingReport {
    guard let event = state.withLock({ $0.arrived }) else { throw Failure("no detection") }
    return try event.wait()
  }

  var count: Int { state.withLock { $0.reports.count } }
  /// The labels of those that are not of the one that blocks.
  var others: [String] {
    state.withLock { $0.reports.map(\.label).filter { !$0.contains("'computer'") } }
  }
}

@inline(never)
private func spin(until done: Flag) { while !done.isSet {} }

/// - Returns: false when it was interrupted.
@inline(never)
private func sleepInTheKernel() -> Bool {
  var time = timespec(tv_sec: 0, tv_nsec: 100_000_000)
  return nanosleep(&time, nil) == 0
}
