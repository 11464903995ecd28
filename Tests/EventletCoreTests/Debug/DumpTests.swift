import EventletCore
import EventletTesting
import Testing
import XCTest

final class DumpTests: GreenTestCase {
  // Eventlet: DG11
  func testASnapshotKnowsWhoWaitsForWhatSinceWhen() throws {
    let queue = Queue<Int>()
    let waiting = spawn(name: "consumer", file: "Shop/Till.swift", line: 12) { try queue.get() }
    let late = spawn(after: .seconds(60)) {}
    try GreenThread.sleep(for: .seconds(5))
    let fresh = spawn {}

    let infos = Hub.current.snapshot()

    XCTAssertEqual(infos.map(\.id), [Hub.current.main.id, waiting.id, late.id, fresh.id])
    XCTAssertEqual(infos.map(\.state), [.running, .waiting, .scheduled, .ready])
    XCTAssertEqual(infos[1].name, "consumer")
    XCTAssertEqual(infos[1].spawnFile, "Shop/Till.swift")
    XCTAssertEqual(infos[1].spawnLine, 12)
    XCTAssertEqual(infos[1].waitsFor, "an item of a queue")
    XCTAssertEqual(infos[1].waitingTime, .seconds(5))
    XCTAssertNil(infos[0].waitsFor)
    XCTAssertTrue(infos.allSatisfy(\.stackAddresses.isEmpty))
    XCTAssertEqual(
      "\(infos[1])",
      "green thread \(waiting.id) 'consumer' (Shop/Till.swift:12): "
        + "waits for an item of a queue since 5000 ms")
    try waiting.kill()
    late.cancel()
    try fresh.wait()
  }

  // Eventlet: DG11
  func testAParkedStackHasNamesAndLinesWithoutTheLibrarys() throws {
    let event = Event<Int>()
    let line = waitingLine
    let thread = spawn { try outerCall(event) }
    try GreenThread.yield()

    let info = try XCTUnwrap(Hub.current.snapshot(stacks: true).last)
    let stack = info.stack()

    XCTAssertTrue(stack[0].function.contains("Event.wait"), "\(stack)")
    XCTAssertTrue(stack[1].function.contains("innerCall"), "\(stack)")
    XCTAssertEqual(stack[1].line, line)
    XCTAssertTrue(stack[1].description.contains("at DumpTests.swift:\(line)"), "\(stack[1])")
    XCTAssertTrue(stack[2].function.contains("outerCall"), "\(stack)")
    XCTAssertTrue(stack[3].function.contains("closure"), "\(stack)")
    XCTAssertEqual(stack.count, 4, "\(stack)")
    let all = info.stack(hidingLibraryFrames: false)
    XCTAssertTrue(all.contains { $0.function.contains("fiberMain") }, "\(all)")
    XCTAssertTrue(all.contains { $0.function.contains("park") }, "\(all)")
    event.send(1)
    XCTAssertEqual(try thread.wait(), 1)
  }

  func testTheCallersOwnStackIsThere() throws {
    let thread = spawn { dumpHere() }
    let text = try thread.wait()

    XCTAssertTrue(text.contains("dumpHere() at DumpTests.swift:"), text)
    XCTAssertFalse(text.contains("fiberMain"), text)
  }

  /// The original stack, whose bounds are the operating system's.
  func testTheMainStackIsThereWhileItIsParked() throws {
    let texts = Queue<String>()
    spawn { try texts.put(Hub.current.dump()) }

    let text = try waitInMain(texts)

    XCTAssertTrue(text.contains("waitInMain"), text)
    XCTAssertTrue(text.contains("testTheMainStackIsThereWhileItIsParked"), text)
  }

  func testADumpFromAHubCallbackHasAllStacks() throws {
    let texts = Queue<String>()
    let event = Event<Int>()
    let thread = spawn { try outerCall(event) }
    Hub.current.schedule(after: .seconds(1)) { try texts.putNoWait(Hub.current.dump()) }

    let text = try waitInMain(texts)

    XCTAssertTrue(text.contains("waitInMain"), text)
    XCTAssertTrue(text.contains("outerCall"), text)
    try thread.kill()
  }

  func testEqualStacksArePrintedOnce() throws {
    let event = Event<Int>()
    let threads = (0..<5).map { _ in spawn { try outerCall(event) } }
    try GreenThread.yield()

    let text = Hub.current.dump()

    XCTAssertEqual(text.split(separator: "\n").count { $0.contains("outerCall") }, 1, text)
    for thread in threads { XCTAssertTrue(text.contains("green thread \(thread.id) "), text) }
    event.send(0)
    for thread in threads { _ = try thread.wait() }
  }

  func testInlinedCallsAndThoseOfTheCLibraryHaveNames() throws {
    let thread = spawn { () throws -> String in
      var numbers: [Int32] = [2, 1]
      qsort(&numbers, 2, 4) { _, _ in
        Found.text = dumpHere()
        return 0
      }
      return Found.text
    }
    let text = try thread.wait()

    XCTAssertTrue(text.contains("qsort"), text)
    XCTAssertTrue(text.contains("dumpHere"), text)
  }

  func testTheDumpDoesNotSwitch() throws {
    assertDoesNotSwitch { _ = Hub.current.dump() }
    assertDoesNotSwitch { _ = Hub.current.snapshot(stacks: true) }
  }

  /// Names are looked up on a stack large enough for it, not on the caller's.
  func testASmallStackSuffices() throws {
    let thread = spawn(stackSize: 32 * 1024) { Hub.current.dump() }
    XCTAssertTrue(try thread.wait().contains("testASmallStackSuffices"))
  }
}

private enum Found {
  static nonisolated(unsafe) var text = ""
}

private let waitingLine = #line + 4

@inline(never)
private func innerCall(_ event: Event<Int>) throws -> Int {
  try event.wait()
}

@inline(never)
private func outerCall(_ event: Event<Int>) throws -> Int { try innerCall(event) + 0 }

@inline(never)
private func dumpHere() -> String { Hub.current.dump() }

@inline(never)
private func waitInMain(_ queue: Queue<String>) throws -> String { try queue.get() }
