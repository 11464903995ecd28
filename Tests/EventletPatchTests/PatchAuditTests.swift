import CPatchProbe
import Dispatch
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

final class PatchAuditTests: PatchTestCase {
  override func setUpWithError() throws {
    try super.setUpWithError()
    try XCTSkipIf(Sanitizer.isActive, "looking names up takes longer than a test may")
  }

  private func find(
    _ call: String, _ reason: BlockingCall.Reason, in calls: [BlockingCall]
  ) -> BlockingCall? {
    calls.first { $0.call == call && $0.reason == reason }
  }

  /// Runs `body` until `audit` has found what it does; `end` makes it return.
  private func found(
    _ call: String, _ reason: BlockingCall.Reason, by audit: PatchAudit,
    whileRunning body: () -> Void,
    endedBy end: @escaping @Sendable () -> Void
  ) throws -> BlockingCall {
    defer { audit.stop() }
    DispatchQueue.global().async {
      // Ended by the watchdog of the tests, should it never be found.
      while !audit.calls.contains(where: { $0.call == call && $0.reason == reason }) {
        usleep(1000)
      }
      end()
    }
    body()
    return try XCTUnwrap(find(call, reason, in: audit.calls))
  }

  /// Waits in `read`, and writes when that was found.
  private func foundReading(
    _ reason: BlockingCall.Reason, _ read: (Int32) -> Void
  ) throws -> BlockingCall {
    let (reads, writes) = makePipe()
    defer { XCTAssertEqual(close(reads) + close(writes), 0) }
    return try found(
      "read", reason, by: PatchAudit(longerThan: .milliseconds(4)), whileRunning: { read(reads) },
      endedBy: { _ = write(writes, "x", 1) })
  }

  func testWhatIsGreenIsNotFound() throws {
    let (reads, writes) = makePipe()
    let calls = try MonkeyPatch.audit(longerThan: .milliseconds(100)) {
      let writer = spawn {
        usleep(1000)
        self.put("x", to: writes)
      }
      XCTAssertEqual(take(from: reads), "x")
      try writer.wait()
    }
    XCTAssertEqual(calls.map(\.description), [])
    XCTAssertEqual(close(reads) + close(writes), 0)
  }

  func testEachWriteToAFileIsFound() throws {
    let file = try XCTUnwrap(tmpfile())
    defer { fclose(file) }
    let calls = MonkeyPatch.audit {
      for _ in 0..<3 { put("text", to: fileno(file)) }
    }
    let call = try XCTUnwrap(find("write", .file, in: calls))
    XCTAssertEqual(call.count, 3)
    XCTAssertGreaterThanOrEqual(call.total, call.longest)
    XCTAssertEqual(call.stack.first?.function.hasSuffix("write"), true, "\(call)")
    XCTAssertTrue(
      call.stack.contains { $0.function.contains("testEachWriteToAFileIsFound") }, "\(call)")
    XCTAssertTrue("\(call)".hasPrefix("write 3 times, "), "\(call)")
  }

  /// Each place has its own entry.
  func testPlacesAreToldApart() throws {
    let file = try XCTUnwrap(tmpfile())
    defer { fclose(file) }
    let calls = MonkeyPatch.audit {
      put("text", to: fileno(file))
      put("text", to: fileno(file))
    }
    XCTAssertEqual(calls.filter { $0.reason == .file }.map(\.count), [1, 1])
  }

  func testALockOfAPlainThreadIsFound() throws {
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    defer { lock.deallocate() }
    pthread_mutex_init(lock, nil)
    nonisolated(unsafe) let shared = lock
    let isTaken = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      pthread_mutex_lock(shared)
      isTaken.signal()
      // Until the hub waits for it: so it blocks its OS thread, and nothing else can tell.
      while shared.pointee.__data.__lock != 2 { usleep(100) }
      pthread_mutex_unlock(shared)
    }
    isTaken.wait()
    let calls = MonkeyPatch.audit {
      XCTAssertEqual(pthread_mutex_lock(lock), 0)
      pthread_mutex_unlock(lock)
    }
    let call = try XCTUnwrap(find("pthread_mutex_lock", .lockOfAnotherThread, in: calls))
    XCTAssertEqual(call.count, 1)
  }

  func testACallbackOfTheHubIsFound() throws {
    let (reads, writes) = makePipe()
    let done = Event<String?>()
    let audit = PatchAudit()
    Hub.current.schedule(after: .zero) {
      DispatchQueue.global().async { _ = write(writes, "x", 1) }
      done.send(self.take(from: reads))
    }
    XCTAssertEqual(try done.wait(), "x")
    audit.stop()
    // Unless the other was faster.
    for call in audit.calls {
      XCTAssertEqual(call.reason, .mustNotWait, "\(call)")
      XCTAssertEqual(call.call, "read")
    }
    XCTAssertEqual(close(reads) + close(writes), 0)
  }

  func testDirectSystemCallsAreFound() throws {
    let call = try foundReading(.notSeen) { XCTAssertEqual(probe_read_directly($0), 1) }
    XCTAssertTrue(call.stack.contains { $0.function == "probe_read_directly" }, "\(call)")
    XCTAssertEqual(call.count, 1)
    XCTAssertGreaterThanOrEqual(call.longest, .milliseconds(4))
  }

  func testWhatIsNotInstalledIsFound() throws {
    MonkeyPatch.uninstall(.os)
    MonkeyPatch.uninstall(.socket)
    let call = try foundReading(.notInstalled([.socket, .os])) { _ = self.take(from: $0) }
    XCTAssertTrue("\(call)".contains("of [socket, os] not all is installed"), "\(call)")
  }

  func testOriginalsAreFound() throws {
    _ = try foundReading(.notSeen) { reads in
      MonkeyPatch.original { _ = self.take(from: reads) }
    }
  }

  func testAfterItsEndNothingIsFound() throws {
    let file = try XCTUnwrap(tmpfile())
    defer { fclose(file) }
    let audit = PatchAudit()
    let other = PatchAudit()
    put("text", to: fileno(file))
    audit.stop()
    put("text", to: fileno(file))
    other.stop()
    other.stop()
    put("text", to: fileno(file))
    XCTAssertEqual(audit.calls.map(\.count).reduce(0, +), 1)
    XCTAssertEqual(other.calls.map(\.count).reduce(0, +), 2)
  }

  func testWhatTheBodyThrowsIsThrown() {
    struct Refused: Error {}
    XCTAssertThrowsError(try MonkeyPatch.audit { throw Refused() }) { XCTAssertTrue($0 is Refused) }
  }
}
