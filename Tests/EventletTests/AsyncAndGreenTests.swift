import Eventlet
import EventletTesting
import Glibc
import XCTest

final class AsyncAndGreenTests: GuideTestCase {
  override var time: GreenTest.Time { .real }

  func testAwaiting() throws {
    let page = spawn {
      try withTimeout(.seconds(5)) {
        try GreenThread.awaiting { try await download("index") }
      }
    }
    print(try page.wait())

    assertPrinted("page index")
  }

  func testATaskThatBlocksGreenly() throws {
    let hub = Hub.current.executor
    let task = Task(executorPreference: hub) {
      let page = try await download("index")  // suspends the task
      try GreenThread.sleep(for: .milliseconds(5))  // parks its green thread
      return page
    }
    print(try GreenThread.awaiting { try await task.value })

    assertPrinted("page index")
  }

  func testAnActorOfTheHub() throws {
    let hub = Hub.current.executor
    let archive = Archive(on: hub)
    let count = try GreenThread.awaiting {
      _ = try await archive.store("one")
      return try await archive.store("two")
    }
    XCTAssertEqual(count, 2)
  }

  func testTheValueOfAGreenThread() throws {
    let answer = try GreenThread.awaiting {
      let half = spawn {
        try GreenThread.sleep(for: .milliseconds(5))
        return 21
      }
      return try await half.value * 2
    }
    print(answer)

    assertPrinted("42")
  }

  func testAGreenThreadForCodeElsewhere() throws {
    let hub = Hub.current.reference
    let elsewhere = Task.detached {
      try await hub.run { () throws -> Int in
        try GreenThread.sleep(for: .milliseconds(5))
        return 42
      }
    }
    print(try GreenThread.awaiting { try await elsewhere.value })

    assertPrinted("42")
  }

  func testTaskLocalsAreHandedOn() throws {
    try Request.$id.withValue(7) {
      let worker = spawn { Request.id }
      print(try worker.wait(), try GreenThread.awaiting { Request.id })
    }

    assertPrinted("7 7")
  }

  func testChildTasksRunOnTheHubAndOthersDoNot() throws {
    // Not by `Hub.current`, which would leave a hub on an OS thread of Swift's pool.
    let home = pthread_self()
    let isHome: @Sendable () async -> Bool = {
      await Task.yield()
      return pthread_self() == home
    }
    let places = try GreenThread.awaiting {
      var places = [await isHome()]
      async let child = isHome()
      places.append(await child)
      await withTaskGroup(of: Bool.self) { group in
        group.addTask { await isHome() }
        for await place in group { places.append(place) }
      }
      places.append(await Task { await isHome() }.value)
      places.append(await Task.detached { await isHome() }.value)
      return places
    }
    XCTAssertEqual(places, [true, true, true, false, false])
  }

  func testALimitBelongsToTheGreenThreadOfItsPart() throws {
    try GreenThread.awaiting {
      let callers = Timeout(after: .seconds(60))
      await Task.yield()
      let own = Timeout(after: .seconds(60))
      await Task.yield()
      XCTAssertTrue(callers.isPending)
      XCTAssertFalse(own.isPending)
      callers.cancel()
    }
  }

  func testAPermitMayBeHeldAcrossASuspension() throws {
    let permits = Semaphore(value: 1)
    try GreenThread.awaiting {
      try permits.acquire()
      defer { permits.release() }
      await Task.yield()
    }
    XCTAssertEqual(permits.balance, 1)
  }
}

enum Request {
  @TaskLocal static var id = 0
}

/// Async code, as a library may offer it.
private func download(_ name: String) async throws -> String {
  try await Task.sleep(for: .milliseconds(5))
  return "page \(name)"
}

/// Lives on a hub: its methods may block greenly.
actor Archive {
  private let hub: HubReference
  private var lines: [String] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { hub.asUnownedSerialExecutor() }

  init(on hub: HubReference) { self.hub = hub }

  func store(_ line: String) throws -> Int {
    try GreenThread.sleep(for: .milliseconds(1))
    lines.append(line)
    return lines.count
  }
}
