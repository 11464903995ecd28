import EventletCore
import EventletTesting
import Glibc
import Testing

/// A test that hangs ends its process with a report.
@Suite struct WatchdogTests {
  @Test func aHubThatWaitsSaysWhoWaitsForWhat() async throws {
    let result = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      let event = Event<Int>()
      spawn(name: "stuck") { _ = try event.wait() }
      try GreenThread.yield()
      let watchdog = Watchdog(limit: .milliseconds(1), label: "a hanging test")
      // Real time, so that it is no deadlock.
      try GreenThread.sleep(for: .seconds(3600))
      watchdog.stop()
    }
    let output = text(result)
    #expect(output.contains("watchdog: a hanging test: still running after 0.001 seconds"))
    #expect(output.contains("'stuck'") && output.contains("waits for an event"), "\(output)")
    #expect(output.contains("'main'") && output.contains("waits for time to pass"), "\(output)")
    #expect(!output.contains("does not answer"), "\(output)")
  }

  @Test func aHubThatIsBlockedIsReportedAsThat() async throws {
    let result = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      let watchdog = Watchdog(limit: .milliseconds(1), label: "a blocking test")
      while true { pause() }
      watchdog.stop()
    }
    let output = text(result)
    #expect(output.contains("a blocking test"), "\(output)")
    #expect(output.contains("the hub does not answer: a green thread blocks it"), "\(output)")
  }

  /// Once stopped it goes, long before its limit.
  @Test func aStoppedOneEndsNothing() async {
    await #expect(processExitsWith: .success) {
      weak var gone: Watchdog?
      do {
        let watchdog = Watchdog(limit: .seconds(10), label: "a test")
        gone = watchdog
        watchdog.stop()
      }
      while gone != nil { sched_yield() }
    }
  }

  @Test func itKeepsNoHubFromNoticingADeadlock() async {
    await #expect(processExitsWith: .success) {
      let watchdog = Watchdog(limit: .seconds(60), label: "a deadlocked test")
      defer { watchdog.stop() }
      #expect(throws: HubError.self) { try Event<Int>().wait() }
    }
  }

  @Test func greenTestsAreWatched() async throws {
    let result = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      let problems = try GreenTest.run(time: .real, limit: .milliseconds(1), label: "some test") {
        try GreenThread.sleep(for: .seconds(3600))
      }
      #expect(problems == [])
    }
    #expect(text(result).contains("watchdog: some test: still running"), "\(text(result))")
  }

  private func text(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }
}
