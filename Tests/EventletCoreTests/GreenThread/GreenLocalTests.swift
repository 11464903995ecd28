import EventletCore
import EventletTesting
import XCTest

final class GreenLocalTests: GreenTestCase {
  private final class Counter {
    var count = 0
    func increase() { count += 1 }
  }

  // Eventlet: L1
  func testAValueIsSeenByItsGreenThreadOnly() throws {
    let local = GreenLocal<String?>(nil)
    local.value = "main"
    let other = spawn { () -> String? in
      XCTAssertFalse(local.isSet)
      XCTAssertNil(local.value)
      local.value = "other"
      try GreenThread.yield()
      return local.value
    }
    XCTAssertEqual(try other.wait(), "other")
    XCTAssertEqual(local.value, "main")
  }

  // Eventlet: L2
  func testTheInitialValueIsMadeOncePerGreenThreadOnFirstUse() throws {
    var made = 0
    func make() -> Int {
      made += 1
      return made
    }
    let local = GreenLocal(make())
    XCTAssertEqual(made, 0)
    XCTAssertEqual([local.value, local.value], [1, 1])
    let thread = spawn { [local.value, local.value] }
    XCTAssertEqual(try thread.wait(), [2, 2])
    XCTAssertEqual(made, 2)
  }

  // Eventlet: L3
  func testMethodsOfTheValueActOnTheCallersOwn() throws {
    let local = GreenLocal(Counter())
    local.value.increase()
    let thread = spawn { () -> Int in
      for _ in 0..<5 { local.value.increase() }
      return local.value.count
    }
    XCTAssertEqual(try thread.wait(), 5)
    XCTAssertEqual(local.value.count, 1)
  }

  // Eventlet: L4
  func testValuesDieWithTheirGreenThread() throws {
    let before = Canary.alive
    let local = GreenLocal<Canary?>(nil)
    let threads = (0..<100).map { _ in
      spawn {
        local.value = Canary()
        try GreenThread.yield()
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(Canary.alive, before + 100)
    for thread in threads { try thread.wait() }
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: L4
  func testResetStartsAnew() {
    let local = GreenLocal(1)
    local.value = 2
    XCTAssertTrue(local.isSet)
    local.reset()
    XCTAssertFalse(local.isSet)
    XCTAssertEqual(local.value, 1)
  }

  // Eventlet: L6
  func testNothingIsInherited() throws {
    let local = GreenLocal(0)
    local.value = 7
    let value = try spawn { try spawn { local.value }.wait() + local.value }.wait()
    XCTAssertEqual(value, 0)
  }

  // Eventlet: L1
  func testTwoVariablesAreSeparate() {
    let (one, two) = (GreenLocal(1), GreenLocal("two"))
    one.value = 5
    XCTAssertEqual(two.value, "two")
    two.value = "zwei"
    XCTAssertEqual(one.value, 5)
  }

  func testAwaitedCodeSeesItsCallersValueUntilItSuspends() throws {
    let local = GreenLocal("initial")
    local.value = "caller's"
    let seen = try GreenThread.awaiting {
      var seen = [local.value]
      local.value = "set before"
      await Task.yield()
      seen.append(local.value)
      local.value = "set after"
      await Task.yield()
      seen.append(local.value)
      return seen
    }
    XCTAssertEqual(seen, ["caller's", "initial", "initial"])
    XCTAssertEqual(local.value, "set before")
  }

  func testAwaitedCodeOfAnActorDoesNotSeeItsCallersValue() throws {
    let local = GreenLocal("initial")
    local.value = "caller's"
    let hub = Hub.current.executor
    let reader = Reader(on: hub)
    nonisolated(unsafe) let carried = local
    XCTAssertEqual(try GreenThread.awaiting { await reader.call { carried.value } }, "initial")
  }

  private actor Reader {
    private let hub: HubReference
    nonisolated var unownedExecutor: UnownedSerialExecutor { hub.asUnownedSerialExecutor() }
    init(on hub: HubReference) { self.hub = hub }
    func call(_ read: @Sendable () -> String) -> String { read() }
  }
}
