import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class GreenTestCaseTests: FailureCollectingTestCase {
  private func failures(of body: @escaping (Probe) throws -> Void) -> [String] {
    failures { Probe(body).invokeTest() }
  }

  /// Fails unless `body` brings about one failure, whose text holds `texts`.
  private func assertOneFailure(
    _ texts: String..., line: UInt = #line, of body: @escaping (Probe) throws -> Void
  ) {
    let found = failures(of: body)
    XCTAssertEqual(found.count, 1, "\(found)", line: line)
    for text in texts {
      XCTAssertTrue(found.joined().contains(text), "\(found)", line: line)
    }
  }

  func testWhatCleansUpPasses() {
    XCTAssertEqual(
      failures { _ in
        let server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
        let client = try GreenSocket.connect(to: server.localAddress)
        let thread = spawn { try server.accept().socket.close() }
        XCTAssertEqual(try client.receive(upTo: 1), [])
        try thread.wait()
        client.close()
        server.close()
      }, [])
  }

  func testEachTestHasItsOwnHubAndTime() {
    var hubs: [HubReference] = []
    for _ in 0..<2 {
      let probe = Probe { _ in
        hubs.append(Hub.current.reference)
        try GreenThread.sleep(for: .seconds(3600))
      }
      XCTAssertEqual(failures { probe.invokeTest() }, [])
      XCTAssertEqual(probe.clock.elapsed, .seconds(3600))
    }
    XCTAssertEqual(hubs.count, 2)
    XCTAssertTrue(hubs.first !== hubs.last)
    for hub in hubs { XCTAssertFalse(hub.post {}) }
  }

  func testNobodyWatchesOnceItHasEnded() {
    XCTAssertEqual(failures { _ in }, [])
    XCTAssertEqual(failures { _ in throw Odd() }.count, 1)
    waitUntilNobodyWatches()
  }

  func testAGreenThreadThatIsOnlyReadyToEndIsNoLeak() {
    XCTAssertEqual(failures { _ in spawn { try GreenThread.yield() } }, [])
  }

  func testAGreenThreadThatWaitsIsALeakAndIsUnwound() {
    var isUnwound = false
    assertOneFailure("leaked", "'left over'") { _ in
      let event = Event<Int>()
      spawn(name: "left over") {
        defer { isUnwound = true }
        _ = try event.wait()
      }
    }
    XCTAssertTrue(isUnwound)
  }

  func testATimerIsALeakAndNeverFires() {
    var hasFired = false
    assertOneFailure("leaked 1 timers") { _ in
      Hub.current.schedule(after: .seconds(1)) { hasFired = true }
    }
    XCTAssertFalse(hasFired)
  }

  func testAnOpenDescriptorIsALeak() {
    var copy: Int32 = -1
    assertOneFailure("leaked descriptor", "/dev/null") { _ in
      copy = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
    XCTAssertEqual(close(copy), 0)
  }

  func testAPipeIsALeakButForASanitizersOwn() {
    var ends: [Int32] = [-1, -1]
    let found = failures { _ in XCTAssertEqual(pipe(&ends), 0) }
    for end in ends { XCTAssertEqual(close(end), 0) }
    XCTAssertEqual(found.count, Sanitizer.isActive ? 0 : 2, "\(found)")
  }

  func testANumberThatIsAnotherFileNowIsALeak() {
    var number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    let before = number
    assertOneFailure("leaked descriptor", "/dev/zero") { _ in
      close(number)
      number = open("/dev/zero", O_RDONLY | O_CLOEXEC)
    }
    XCTAssertEqual(number, before)
    XCTAssertEqual(close(number), 0)
  }

  func testASocketThatStaysOpenIsALeak() throws {
    var server: GreenSocket?
    let found = failures { _ in
      server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      // Registered by its first wait.
      XCTAssertThrowsError(try server?.accept(timeout: .seconds(1)))
    }
    XCTAssertEqual(found.count, 2, "\(found)")
    XCTAssertTrue(found.joined().contains("leaked 1 registered descriptors"), "\(found)")
    XCTAssertTrue(found.joined().contains("socket:"), "\(found)")
    server = nil
  }

  func testAWaitForADescriptorIsALeak() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { close(end) } }
    let end = ends[0]
    let found = failures { _ in spawn { try Hub.current.waitUntilReadable(end) } }.joined()
    XCTAssertTrue(found.contains("leaked 1 waits for descriptors"), found)
    XCTAssertTrue(found.contains("leaked 1 registered descriptors"), found)
  }

  func testAnErrorThatNobodySawIsAFailure() {
    assertOneFailure("Odd", "'thrower'") { _ in
      GreenThread.spawnDiscarding(name: "thrower") { throw Odd() }
    }
  }

  func testAnErrorThatTheTestTookIsNone() {
    XCTAssertEqual(
      failures { test in
        GreenThread.spawnDiscarding { throw Odd() }
        try GreenThread.yield()
        XCTAssertEqual(test.takeUncaughtErrors().count, 1)
        XCTAssertEqual(test.takeUncaughtErrors().count, 0)
      }, [])
  }

  func testAnErrorThatIsStillToBeThrownIsAFailure() {
    assertOneFailure("left pending", "Odd") { _ in GreenThread.current.interruptLater(Odd()) }
  }

  func testTheTestsOwnFailureIsAFailure() {
    assertOneFailure("Odd") { _ in throw Odd() }
  }
}
