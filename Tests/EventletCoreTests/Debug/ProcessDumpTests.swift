import EventletTesting
import Glibc
import XCTest

@testable import EventletCore

final class ProcessDumpTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  func testEveryHubOfTheProcessIsThere() throws {
    let other = OtherHub()
    onHub(other.reference) { spawn(name: "far away") { try GreenThread.sleep(for: .seconds(60)) } }

    let text = Debug.dump(timeout: .seconds(20))
    other.stop()

    XCTAssertEqual(text.components(separatedBy: "hub of OS thread ").count, 3, text)
    XCTAssertTrue(text.contains("'far away'"), text)
    XCTAssertTrue(text.contains("waits for time to pass since "), text)
    XCTAssertTrue(text.contains("testEveryHubOfTheProcessIsThere"), text)
  }

  // Eventlet: DG11
  func testABlockedHubSaysWhoBlocksIt() throws {
    let other = OtherHub()
    let begun = OSGate()
    let done = Flag()
    other.reference.post {
      spawn(name: "hog") {
        begun.open()
        hog(until: done)
      }
    }
    begun.pass()

    let text = Debug.dump(timeout: .milliseconds(20))
    done.set()
    other.stop()

    XCTAssertTrue(text.contains("it does not answer for 0.02 seconds"), text)
    XCTAssertTrue(text.contains("'hog'"), text)
    // That sanitizer's runtime, where it spends its time, keeps no frame pointers.
    if !Sanitizer.isThread {
      XCTAssertTrue(text.contains("hog(until:) at ProcessDumpTests.swift:"), text)
    }
  }

  // Eventlet: DG11
  func testASignalHasEverythingDumpedUntilItIsGivenBack() throws {
    signal(SIGUSR1, SIG_IGN)
    defer { signal(SIGUSR1, SIG_DFL) }
    let event = Event<String>()
    nonisolated(unsafe) let arrived = event
    let home = Hub.current.reference
    try Debug.dumpOnSignal(SIGUSR1) { text in home.post { arrived.send(text) } }
    kill(getpid(), SIGUSR1)
    let text = try event.wait()
    Debug.stopDumping(onSignal: SIGUSR1)
    kill(getpid(), SIGUSR1)

    XCTAssertTrue(text.contains("'main' (main:0): waits for an event"), text)
    XCTAssertTrue(text.contains("testASignalHasEverythingDumpedUntilItIsGivenBack"), text)
  }

  func testASignalThatCannotBeCaughtIsAnError() {
    XCTAssertThrowsError(try Debug.dumpOnSignal(SIGKILL)) {
      XCTAssertEqual(($0 as? SystemError)?.errno, EINVAL)
    }
  }

  /// Whoever asks must not keep a hub reachable, and its deadlock from being found.
  func testADeadlockIsFoundWhileSomebodyLooks() {
    let waiting = OSGate()
    let over = OSGate()
    let rounds = 200
    let thread = OSThread {
      for _ in 0..<rounds {
        waiting.open()
        do {
          try Event<Void>().wait()
          fatalError("woken")
        } catch HubError.deadlock {} catch { fatalError("\(error)") }
        over.open()
      }
    }
    for _ in 0..<rounds {
      waiting.pass()
      let questions = Debug.askAllHubs()
      over.pass()
      withExtendedLifetime(questions) {}
    }
    thread.join()
  }

  private func onHub(_ reference: HubReference, _ body: @escaping @Sendable () -> Void) {
    let made = OSGate()
    reference.post {
      body()
      spawn { made.open() }
    }
    made.pass()
  }
}

@inline(never)
private func hog(until done: Flag) { while !done.isSet {} }
