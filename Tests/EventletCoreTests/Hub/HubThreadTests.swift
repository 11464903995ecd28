import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import XCTest

final class HubThreadTests: GreenTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(60) }

  func testTheBodyRunsOnItsOwnHubAndJoinWaitsForItsEnd() throws {
    let numbers = Channel<Int>(capacity: 1)
    let here = pthread_self()
    let thread = try HubThread.start {
      XCTAssertEqual(pthread_equal(here, pthread_self()), 0)
      try GreenThread.sleep(for: .milliseconds(5))
      try numbers.send(1)
    }
    XCTAssertTrue(try thread.join())
    XCTAssertEqual(try numbers.receiveNoWait(), 1)
    XCTAssertTrue(try thread.join())
  }

  func testJoinHoldsUpNobodyAndHasATimeLimit() throws {
    let gate = Channel<Void>(capacity: 0)
    let thread = try HubThread.start { _ = try gate.receive() }
    let other = spawn { try GreenThread.sleep(for: .milliseconds(1)) }
    XCTAssertFalse(try thread.join(timeout: .milliseconds(20)))
    XCTAssertTrue(other.isFinished)
    gate.close()
    let joiners = (0..<3).map { _ in spawn { try thread.join() } }
    for joiner in joiners { XCTAssertTrue(try joiner.wait()) }
  }

  func testAnErrorOfTheBodyComesOutOfJoin() throws {
    let thread = try HubThread.start { throw Failure("odd") }
    for _ in 0..<2 {
      XCTAssertThrowsError(try thread.join()) { XCTAssertEqual($0 as? Failure, Failure("odd")) }
    }
  }

  func testStopEndsAWaitAndRunsDefers() throws {
    let log = Lines()
    let thread = try HubThread.start {
      defer { log.add("main") }
      GreenThread.spawnDiscarding {
        defer { log.add("other") }
        try GreenThread.sleep(for: .seconds(3600))
      }
      try GreenThread.sleep(for: .seconds(3600))
    }
    thread.stop()
    try thread.join()
    XCTAssertEqual(log.all, ["main", "other"])
    thread.stop()
  }

  func testAReferenceTakesMailBeforeTheHubHasBegun() throws {
    let answers = Channel<Int>(capacity: nil)
    for number in 0..<100 {
      let thread = try HubThread.start { try GreenThread.sleep(for: .seconds(3600)) }
      XCTAssertTrue(thread.reference.spawn { try answers.send(number) })
      XCTAssertEqual(try answers.receive(), number)
      thread.stop()
      try thread.join()
      XCTAssertFalse(thread.reference.post {})
    }
  }

  func testAsyncCodeJoins() throws {
    let thread = try HubThread.start { throw Failure("odd") }
    try GreenThread.awaiting {
      do {
        try await thread.join()
        XCTFail("no error")
      } catch let error as Failure { XCTAssertEqual(error.text, "odd") }
    }
  }

  func testAThreadThatJoinsItselfGetsAnError() throws {
    let handles = Channel<HubThread>(capacity: 1)
    let thread = try HubThread.start { try handles.receive()?.join() }
    try handles.send(thread)
    XCTAssertThrowsError(try thread.join()) { error in
      guard case HubError.selfWait = error else { return XCTFail("\(error)") }
    }
  }

  func testAKilledJoinerMayJoinAgain() throws {
    let gate = Channel<Void>(capacity: 0)
    let thread = try HubThread.start { _ = try gate.receive() }
    let joiner = spawn { try thread.join() }
    try GreenThread.yield()
    try joiner.kill()
    gate.close()
    XCTAssertTrue(try thread.join())
  }

  func testAnErrorThatNobodyJoinsForIsReported() throws {
    let numbers = Channel<Int32>(capacity: 1)
    do {
      let thread = try HubThread.start(name: "lonely") {
        try numbers.send(ev_gettid())
        throw Failure("odd")
      }
      // The last to let go of it are we, whose hub collects such errors.
      try waitForEnd(ofOSThread: try numbers.receive())
      XCTAssertFalse(thread.reference.post {})
    }
    let reports = takeUncaughtErrors()
    XCTAssertEqual(reports.map(\.origin), ["hub thread 'lonely'"])
  }

  func testADeadlockOfItsHubEndsItWhenNobodyCanReachIt() throws {
    let errors = Channel<String>(capacity: 1)
    let numbers = Channel<Int32>(capacity: 1)
    let gate = Channel<Void>(capacity: 0)
    _ = try HubThread.start {
      try numbers.send(ev_gettid())
      _ = try gate.receive()
      do { try Event<Void>().wait() } catch { try errors.send("\(error)") }
    }
    // The handle is gone, and its reference.
    gate.close()
    XCTAssert(try errors.receive()?.contains("deadlock") ?? false)
    try waitForEnd(ofOSThread: try numbers.receive())
  }

  /// For one that nobody joins.
  private func waitForEnd(ofOSThread number: Int32?) throws {
    let path = "/proc/self/task/\(try XCTUnwrap(number))"
    while access(path, F_OK) == 0 { try GreenThread.yield() }
  }

  func testTheSystemKnowsItsName() throws {
    let names = Channel<String>(capacity: 1)
    let thread = try HubThread.start(name: "a name with more than 15 bytes") {
      var text = [CChar](repeating: 0, count: 64)
      let file = open("/proc/thread-self/comm", O_RDONLY)
      let length = read(file, &text, 63)
      close(file)
      try names.send(
        String(decoding: text[..<(length - 1)].map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    XCTAssertEqual(try names.receive(), "a name with mor")
    try thread.join()
  }

  func testAThousandLeaveNothingBehind() throws {
    func live(_ count: Int) throws {
      for number in 0..<count {
        let channel = Channel<Int>(capacity: 0)
        let thread = try HubThread.start {
          let worker = spawn { try channel.send(number) }
          try worker.wait()
          GreenThread.spawnDiscarding { try GreenThread.sleep(for: .seconds(3600)) }
          try GreenThread.yield()
        }
        XCTAssertEqual(try channel.receive(), number)
        try thread.join()
      }
    }
    // malloc and the system keep something for reuse.
    try live(100)
    let before = Holdings()
    try live(1000)
    let after = Holdings()
    // Swift's and Dispatch's own threads come and go.
    XCTAssertLessThan(after.threads, before.threads + 10)
    XCTAssertLessThan(after.descriptors, before.descriptors + 10)
    XCTAssertLessThan(after.mappings, before.mappings + 40)
  }
}

/// What the system has given this process.
struct Holdings: Equatable {
  let threads: Int
  let descriptors: Int
  let mappings: Int

  init() {
    threads = Self.entries("/proc/self/task")
    descriptors = Self.entries("/proc/self/fd")
    mappings = Self.lines("/proc/self/maps")
  }

  private static func entries(_ path: String) -> Int {
    guard let directory = opendir(path) else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
  }

  private static func lines(_ path: String) -> Int {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var count = 0
    while case let length = read(file, &buffer, buffer.count), length > 0 {
      count += buffer[..<length].count { $0 == UInt8(ascii: "\n") }
    }
    return count
  }
}
