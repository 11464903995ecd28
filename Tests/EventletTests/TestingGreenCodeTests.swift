import Eventlet
import EventletTesting
import XCTest

final class RetryTests: GreenTestCase {
  func testTheThirdAttemptSucceeds() throws {
    var attempts = 0
    let answer = try retrying(every: .seconds(60)) {
      attempts += 1
      if attempts < 3 { throw SystemError.connectionRefused }
      return "answer"
    }
    XCTAssertEqual(answer, "answer")
    XCTAssertEqual(clock.elapsed, .seconds(120))
  }
}

/// Calls `body` until nobody refuses the connection.
func retrying<Result>(every pause: Duration, _ body: () throws -> Result) throws -> Result {
  while true {
    do { return try body() } catch SystemError.connectionRefused {
      try GreenThread.sleep(for: pause)
    }
  }
}

final class EchoTests: GreenTestCase {
  func testALineComesBack() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { listener.close() }
    let server = spawn {
      try serve(listener) { client, _ in
        while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
      }
    }

    let client = try GreenSocket.connect(to: listener.localAddress)
    defer { client.close() }
    try client.sendAll("hello\n")
    XCTAssertEqual(try client.reader.readLine(), "hello")
    try server.kill()
  }
}

final class TestingGreenCodeTests: GuideTestCase {
  private struct Failure: Error {}

  func testAReportedError() throws {
    GreenThread.spawnDiscarding { throw Failure() }
    try GreenThread.yield()
    XCTAssertEqual(takeUncaughtErrors().map { "\(type(of: $0.error))" }, ["Failure"])
  }

  func testSwitches() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    try assertDoesNotSwitch { try queue.put(1) }
    assertSwitches { try? queue.put(2, timeout: .seconds(1)) }
  }

  func testTimeByHand() throws {
    clock.jumpsByItself = false
    let sleeper = spawn { try GreenThread.sleep(for: .seconds(60)) }
    try GreenThread.yield()
    XCTAssertFalse(sleeper.isFinished)
    clock.advance(by: .seconds(60))
    try sleeper.wait()
  }
}

final class WithoutGreenTestCaseTests: XCTestCase {
  func testProblemsAreReturned() throws {
    let problems = try GreenTest.run {
      spawn { try GreenThread.sleep(for: .seconds(60)) }
      try GreenThread.yield()
    }
    XCTAssertEqual(problems.count, 2, "\(problems)")  // a green thread and its timer
  }
}
