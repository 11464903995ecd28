import EventletCore
import EventletTesting
import Glibc
import XCTest

final class ListingTests: GreenTestCase {
  // Eventlet: DG3
  func testBothSectionsAreThereWhenNobodyWaits() {
    XCTAssertEqual(Debug.formatHubListeners(), "READERS:\nWRITERS:")
  }

  // Eventlet: DG3
  func testListenersAreListedWithTheGreenThreadThatWaits() throws {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(pipe(&ends), 0)
    let (reading, writing) = (ends[0], ends[1])
    let thread = spawn(name: "reader", file: "Pipe/Read.swift", line: 3) {
      try listen(to: reading)
    }
    try GreenThread.yield()

    let short = Debug.formatHubListeners()
    let long = Debug.formatHubListeners(stacks: true)
    try thread.kill()
    Hub.current.notifyClose(reading)
    close(reading)
    close(writing)

    XCTAssertEqual(
      short,
      "READERS:\n  descriptor \(reading): green thread \(thread.id) 'reader' (Pipe/Read.swift:3) "
        + "since 0 ms\nWRITERS:")
    XCTAssertTrue(long.contains("\n      listen(to:) at ListingTests.swift:"), long)
  }

  // Eventlet: DG4
  func testTimersAreListedInTheHubsTimeWithTheirOwners() throws {
    let hub = Hub.current
    let call = hub.schedule(after: .seconds(9)) {}
    let sleeper = spawn(name: "sleeper", file: "Bed.swift", line: 1) {
      hub.scheduleLocal(after: .milliseconds(500)) {}
      try GreenThread.sleep(for: .seconds(60))
    }
    let late = spawn(after: .seconds(2), name: "late", file: "Bed.swift", line: 2) {}
    try GreenThread.sleep(for: .milliseconds(250))

    let text = Debug.formatHubTimers()
    call.cancel()
    late.cancel()
    try sleeper.kill()

    XCTAssertEqual(
      text,
      """
      TIMERS:
        in 250 ms: a call for green thread \(sleeper.id) 'sleeper' (Bed.swift:1)
        in 1750 ms: green thread \(late.id) 'late' (Bed.swift:2) starts
        in 8750 ms: a call
        in 59750 ms: the wait of green thread \(sleeper.id) 'sleeper' (Bed.swift:1) ends
      """)
    XCTAssertEqual(Debug.formatHubTimers(), "TIMERS:")
  }

  // Eventlet: DG4
  func testATimerKnowsWhoScheduledItIfThatIsRecorded() {
    let unrecorded = scheduleHere()
    XCTAssertFalse(Debug.formatHubTimers(stacks: true).contains("scheduleHere"))
    unrecorded.cancel()

    Hub.current.recordsTimerStacks = true
    let timer = scheduleHere()
    let text = Debug.formatHubTimers(stacks: true)
    timer.cancel()

    XCTAssertTrue(text.contains("\n      scheduleHere() at ListingTests.swift:"), text)
  }
}

@inline(never)
private func listen(to descriptor: Int32) throws {
  _ = try Hub.current.waitUntilReadable(descriptor)
}

@inline(never)
private func scheduleHere() -> HubTimer {
  let timer = Hub.current.schedule(after: .seconds(1)) {}
  return timer
}
