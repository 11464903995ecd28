import EventletCore
import EventletTesting
import Glibc
import XCTest

final class GreenTestTests: XCTestCase {
  func testABodyThatCleansUpLeavesNoProblems() throws {
    var result = 0
    let problems = try GreenTest.run {
      let thread = spawn {
        try GreenThread.sleep(for: .seconds(3600))
        return 1
      }
      result = try thread.wait()
      spawn {}
    }
    XCTAssertEqual(problems, [])
    XCTAssertEqual(result, 1)
  }

  func testTimeIsVirtualUnlessAskedForOtherwise() throws {
    var took = Duration.zero
    func sleep(for duration: Duration) throws {
      took = try ContinuousClock().measure { try GreenThread.sleep(for: duration) }
    }
    XCTAssertEqual(try GreenTest.run { try sleep(for: .seconds(86400)) }, [])
    XCTAssertLessThan(took, .seconds(3600))
    XCTAssertEqual(try GreenTest.run(time: .real) { try sleep(for: .milliseconds(2)) }, [])
    XCTAssertGreaterThanOrEqual(took, .milliseconds(2))
  }

  func testWhatIsLeftBehindIsListed() throws {
    var copy: Int32 = -1
    let problems = try GreenTest.run {
      spawn(name: "left over") { try GreenThread.sleep(for: .seconds(1)) }
      GreenThread.spawnDiscarding(name: "thrower") { throw Odd() }
      copy = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
    XCTAssertEqual(close(copy), 0)
    XCTAssertEqual(problems.count, 4, "\(problems)")
    for text in ["'thrower'", "leaked", "'left over'", "leaked 1 timers", "/dev/null"] {
      XCTAssertTrue(problems.joined().contains(text), "\(problems)")
    }
  }

  func testNobodyWatchesOnceItHasEnded() throws {
    XCTAssertEqual(try GreenTest.run {}, [])
    XCTAssertThrowsError(try GreenTest.run { throw Odd() })
    waitUntilNobodyWatches()
  }

  func testDescriptorsOfOthersNeedNotCount() throws {
    var copy: Int32 = -1
    let problems = try GreenTest.run(countsOpenDescriptors: false) {
      copy = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
    XCTAssertEqual(close(copy), 0)
    XCTAssertEqual(problems, [])
  }

  func testAnErrorComesThroughAndTheHubGoes() throws {
    var hub: HubReference?
    XCTAssertThrowsError(
      try GreenTest.run {
        hub = Hub.current.reference
        throw Odd()
      }
    ) { XCTAssertTrue($0 is Odd) }
    XCTAssertEqual(hub?.post {}, false)
  }
}
