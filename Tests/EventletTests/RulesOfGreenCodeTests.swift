import Eventlet
import EventletTesting
import Glibc
import Synchronization
import Testing
import XCTest

final class RulesOfGreenCodeTests: GuideTestCase {
  func testTakingOutAndPuttingBack() throws {
    let inbox = Inbox()
    let words = LightQueue<String>()
    spawn { for word in ["one", "two"] { try words.put(word) } }

    let word = try words.get()  // waits here,
    inbox.words.append(word)  // and not in the middle of this

    XCTAssertEqual(inbox.words, ["one"])
    XCTAssertEqual(try words.get(), "two")
  }

  func testStateMayChangeAcrossATry() throws {
    let account = Account()
    let first = spawn { try account.withdraw(80) }
    let second = spawn { try account.withdraw(80) }
    XCTAssertTrue(try first.wait())
    XCTAssertFalse(try second.wait())
    XCTAssertEqual(account.balance, 20)
  }

  func testABlockingCall() throws {
    let count = try ThreadPool.execute { countLines(of: "/etc/hosts") }

    XCTAssertGreaterThan(count, 0)
  }

  func testALongComputation() throws {
    let other = spawn { print("the other one runs meanwhile") }
    var sum = 0
    for number in 1...100_000 {
      sum += number
      if number % 10_000 == 0 { try GreenThread.yield() }
    }

    XCTAssertEqual(sum, 5_000_050_000)
    try other.wait()
    assertPrinted("the other one runs meanwhile")
  }

  func testPostingAResult() throws {
    nonisolated(unsafe) let done = Event<Int>()
    let hub = Hub.current.reference
    let other = try HubThread.start {
      let result = 6 * 7
      hub.post { done.send(result) }
    }
    print(try done.wait())

    try other.join()
    assertPrinted("42")
  }

  func testCleaningUp() throws {
    let gate = Semaphore(value: 1)
    let worker = spawn {
      try gate.acquire()
      defer { gate.release() }
      try GreenThread.sleep(for: .seconds(60))
    }

    try GreenThread.yield()
    XCTAssertTrue(gate.isLocked)
    try worker.kill()
    XCTAssertFalse(gate.isLocked)
  }

  func testGoingOnAfterErrors() throws {
    let jobs = LightQueue<String>()
    let worker = spawn {
      while true {
        let job = try jobs.get()
        do { try runJob(job) } catch let error where !isEnd(error) {
          print("\(job): \(error)")
        }
      }
    }

    try jobs.put("nonsense")
    try jobs.put("sleep")
    try GreenThread.yield()
    try worker.kill()
    XCTAssertTrue(worker.isFinished)
    assertPrinted("nonsense: not a job")

    let limited = spawn {
      try withTimeout(.seconds(1)) {
        do { try runJob("sleep") } catch let error where !isEnd(error) {
          XCTFail("\(error)")
        }
      }
    }
    XCTAssertThrowsError(try limited.wait()) { XCTAssertTrue($0 is Timeout) }
  }

  func testASpawnInACallback() throws {
    Hub.current.schedule(after: .seconds(1)) {
      spawn {
        try GreenThread.sleep(for: .seconds(1))
        print("two seconds")
      }
    }

    try GreenThread.sleep(for: .seconds(3))
    assertPrinted("two seconds")
  }
}

/// What happens to those who do not keep to the rules.
@Suite struct BrokenRulesTests {
  #if DEBUG
  @Test func waitingInTheMiddleOfAnAccessEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let inbox = Inbox()
      let words = LightQueue<String>()

      spawn { try fill(&inbox.words, from: words) }
      try GreenThread.yield()
      inbox.words.append("hello")  // Fatal access conflict detected.
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Fatal access conflict detected"), "\(output)")
  }
  #endif

  @Test func waitingWithALockEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let visits = Visits()
      spawn { try visits.count.withLock { _ in try GreenThread.sleep(for: .seconds(1)) } }
      try GreenThread.yield()
      visits.count.withLock { $0 += 1 }
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Recursive call to lock Mutex"), "\(output)")
  }
}

func fill(_ list: inout [String], from words: LightQueue<String>) throws {
  while true { list.append(try words.get()) }  // wrong: waits while it holds `list`
}

final class Visits: Sendable {
  let count = Mutex(0)
}

/// Errors that are not the job's: the end of this green thread, of its group or of its task, and
/// limits set outside.
func isEnd(_ error: any Error) -> Bool {
  error is GreenThreadExit || error is Timeout
    || error is GreenGroupEnded || error is CancellationError
}

final class Inbox {
  var words: [String] = []
}

final class Account {
  private(set) var balance = 100
  private let lock = Lock()

  func withdraw(_ amount: Int) throws -> Bool {
    try lock.withLock {
      guard balance >= amount else { return false }
      try writeToLog("withdraw \(amount)")  // may wait
      balance -= amount
      return true
    }
  }
}

private func writeToLog(_ line: String) throws { try GreenThread.sleep(for: .seconds(1)) }

/// Blocks, as functions of libc do.
private func countLines(of path: String) -> Int {
  guard let file = fopen(path, "r") else { return 0 }
  defer { fclose(file) }
  var count = 0
  var byte = getc(file)
  while byte != EOF {
    if byte == 10 { count += 1 }
    byte = getc(file)
  }
  return count
}

private struct NotAJob: Error, CustomStringConvertible {
  var description: String { "not a job" }
}

private func runJob(_ job: String) throws {
  guard job == "sleep" else { throw NotAJob() }
  try GreenThread.sleep(for: .seconds(60))
}
