import CEventletCore
import EventletTesting
import Glibc
import Testing
import XCTest

@testable import EventletCore

/// Stacks are used by one green thread after the other.
final class FiberTests: GreenTestCase {
  func testGreenThreadsThatEndAtOnceShareOneStack() throws {
    var stacks: Set<UInt> = []
    let threads = (0..<100).map { _ in spawn { _ = stacks.insert(currentStack()) } }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(stacks.count, 1)
  }

  func testAGreenThreadThatParksKeepsItsStack() throws {
    var stacks: Set<UInt> = []
    let gate = Event<Void>()
    let threads = (0..<100).map { _ in
      spawn {
        stacks.insert(currentStack())
        try gate.wait()
      }
    }
    try GreenThread.yield()
    gate.send(())
    for thread in threads { try thread.wait() }
    XCTAssertEqual(stacks.count, 100)
  }

  /// Between the end of one and the start of the next the stack belongs to nobody.
  func testEndsAndStartsInEveryOrderKeepTheirResults() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SplitMix64(seed: seed)
    var running: [(GreenThread<UInt64>, UInt64)] = []
    for _ in 0..<20_000 {
      let number = generator.next()
      switch number % 4 {
      case 0: running.append((spawn { number }, number))
      case 1:
        let thread = spawn { () throws -> UInt64 in
          try GreenThread.yield()
          return number
        }
        running.append((thread, number))
      case 2:
        let thread = spawn(stackSize: 20_000 + Int(number % 3) * 40_000) { () throws -> UInt64 in
          if number % 8 < 4 { try GreenThread.sleep(for: .milliseconds(Int(number % 50))) }
          return number
        }
        running.append((thread, number))
      default:
        guard !running.isEmpty else { continue }
        let (thread, expected) = running.remove(at: Int(number % UInt64(running.count)))
        if number % 16 < 8 {
          try thread.kill()
        } else {
          XCTAssertEqual(try thread.wait(), expected, "seed \(seed)")
        }
      }
    }
    for (thread, expected) in running {
      XCTAssertEqual(try thread.wait(), expected, "seed \(seed)")
    }
  }

  func testErrnoOfOneDoesNotReachTheNextOnItsStack() throws {
    let first = spawn { errno = EBADF }
    let second = spawn { errno }
    try first.wait()
    XCTAssertEqual(try second.wait(), 0)
  }

  func testStackSizesOfTheirOwn() throws {
    let large = spawn(stackSize: 8 << 20) { recurse(bytes: 4 << 20) }
    let small = spawn(stackSize: 0) { 7 }
    XCTAssertGreaterThan(try large.wait(), 0)
    XCTAssertEqual(try small.wait(), 7)
    let statistics = Hub.current.statistics
    XCTAssertEqual(statistics.stacksInUse, 1, "the hub's own")
    XCTAssertGreaterThanOrEqual(statistics.stacksCached, 2)
  }
}

/// What happens when there is no memory for a stack.
@Suite(.disabled(if: Sanitizer.isActive, "its own memory counts towards the limit"))
struct StackShortageTests {
  @Test func isAnErrorOfTheGreenThreadAndOfNobodyElse() async {
    await #expect(processExitsWith: .exitCode(42)) {
      // The first makes the hub, before the limit is set.
      try spawn {}.wait()
      var limit = rlimit(rlim_cur: 600 << 20, rlim_max: .max)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      var linked = 0
      let gate = Event<Void>()
      let threads = (0..<50).map { _ in
        spawn(stackSize: 64 << 20) { try gate.wait() }
      }
      for thread in threads { thread.link { _ in linked += 1 } }
      let bystander = spawn { 11 }
      try GreenThread.yield()
      try GreenThread.yield()
      gate.send(())
      var shortages = 0
      for thread in threads {
        do { try thread.wait() } catch let error as SystemError {
          guard error.call == "mmap" else { exit(1) }
          shortages += 1
        }
      }
      guard shortages > 20, shortages < 50, linked == 50 else { exit(2) }
      guard try bystander.wait() == 11 else { exit(3) }
      exit(42)
    }
  }
}

private func currentStack() -> UInt {
  UInt(bitPattern: GreenThread.current.fiber?.pointee.context.stack_low)
}

@inline(never)
private func recurse(bytes: Int) -> Int {
  withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { memory in
    memory[0] = 1
    let deeper = bytes > 16_384 ? recurse(bytes: bytes - 16_384) : 0
    return deeper + Int(memory[0])
  }
}
