import EventletCore
import EventletTesting
import XCTest

final class SwitchTraceTests: GreenTestCase {
  // Eventlet: DG1, DG2
  func testEachSwitchIsTracedWithItsReasonUntilTheTraceIsTakenBack() throws {
    let hub = Hub.current
    let event = Event<Void>()
    let log = SwitchLog(capacity: 100)
    hub.onSwitch = log.append
    let first = spawn { try event.wait() }
    let second = spawn {
      try GreenThread.yield()
      event.send(())
    }
    try first.wait()
    hub.onSwitch = nil
    try second.wait()
    try GreenThread.yield()

    let main = hub.main.id
    let steps = log.events.map { Step($0.from, $0.to, $0.reason) }
      .filter { $0.from != nil && $0.to != nil }
    XCTAssertEqual(
      steps,
      [
        Step(main, first.id, .waits("green thread \(first.id)")),
        Step(first.id, second.id, .waits("an event")),
        Step(second.id, first.id, .ends),
        Step(first.id, main, .ends),
      ])
    // Nothing is left out: each switch leaves who was switched to.
    for (one, next) in zip(log.events, log.events.dropFirst()) {
      XCTAssertEqual(one.to, next.from, "\(one), \(next)")
    }
  }

  func testTheTimeIsTheHubsAndTheTextIsOneLine() throws {
    let log = SwitchLog(capacity: 100)
    Hub.current.onSwitch = log.append
    try GreenThread.sleep(for: .milliseconds(1500))
    Hub.current.onSwitch = nil

    let events = log.events
    XCTAssertEqual(events.last?.to, Hub.current.main.id)
    XCTAssertEqual(try XCTUnwrap(events.last).time - XCTUnwrap(events.first).time, 1_500_000_000)
    let text = "\(try XCTUnwrap(events.first))"
    XCTAssertTrue(text.hasSuffix(" green thread 1 -> hub: waits for time to pass"), text)
  }

  func testALogKeepsTheLast() throws {
    let log = SwitchLog(capacity: 3)
    let all = SwitchLog(capacity: 1000)
    Hub.current.onSwitch = {
      log.append($0)
      all.append($0)
    }
    for _ in 0..<10 { try GreenThread.sleep(for: .seconds(1)) }
    Hub.current.onSwitch = nil

    XCTAssertEqual(log.events.count, 3)
    XCTAssertEqual(log.events.map(\.time), all.events.suffix(3).map(\.time))
  }

  func testATraceMustNotBlock() throws {
    var errors: [String] = []
    Hub.current.onSwitch = { _ in
      do { try GreenThread.sleep(for: .seconds(1)) } catch { errors.append("\(error)") }
    }
    try spawn {}.wait()
    Hub.current.onSwitch = nil

    XCTAssertTrue(try XCTUnwrap(errors.first).contains("not allowed in hub callbacks"))
  }
}

private struct Step: Equatable {
  let from: UInt64?
  let to: UInt64?
  let reason: SwitchEvent.Reason

  init(_ from: UInt64?, _ to: UInt64?, _ reason: SwitchEvent.Reason) {
    self.from = from
    self.to = to
    self.reason = reason
  }
}
