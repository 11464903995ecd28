import EventletCore
import EventletTesting
import XCTest

final class GreenGroupTests: GreenTestCase {
  func testChildrenEndBeforeTheScope() throws {
    var ended = 0
    try withDiscardingGreenGroup { group in
      for number in 1...5 {
        group.spawn {
          try GreenThread.sleep(for: .seconds(number))
          ended += 1
        }
      }
      XCTAssertEqual(group.runningCount, 5)
    }
    XCTAssertEqual(ended, 5)
  }

  func testResultsComeInTheOrderOfSpawningOrOfEnding() throws {
    let (inOrder, asEnded) = try withGreenGroup(of: Int.self) { group in
      for number in [3, 1, 2] {
        group.spawn { () throws -> Int in
          try GreenThread.sleep(for: .seconds(number))
          return number
        }
      }
      var asEnded: [Int] = []
      while let number = try group.next() { asEnded.append(number) }
      XCTAssertNil(try group.next())
      return (try group.collect(), asEnded)
    }
    XCTAssertEqual(inOrder, [3, 1, 2])
    XCTAssertEqual(asEnded, [1, 2, 3])
  }

  func testTheFirstErrorOfAChildEndsTheOthersAndTheBody() throws {
    var log: [String] = []
    let start = clock.now
    XCTAssertThrowsError(
      try withGreenGroup(of: Void.self) { group in
        group.spawn {
          do { try GreenThread.sleep(for: .seconds(60)) } catch {
            log.append("sibling: \(type(of: error))")
            try withShield { try GreenThread.sleep(for: .seconds(1)) }
            log.append("sibling is clean")
            throw error
          }
        }
        group.spawn {
          try GreenThread.sleep(for: .seconds(2))
          throw Failure("first")
        }
        do { try GreenThread.sleep(for: .seconds(60)) } catch {
          log.append("body: \(type(of: error))")
          throw error
        }
      }
    ) { XCTAssertEqual($0 as? Failure, Failure("first")) }
    XCTAssertEqual(
      log.sorted(), ["body: GreenGroupEnded", "sibling is clean", "sibling: GreenThreadExit"])
    XCTAssertEqual(clock.now - start, 3_000_000_000)
    try GreenThread.yield()
  }

  func testAnErrorAfterTheBodyHasReturnedComesOutToo() throws {
    let start = clock.now
    XCTAssertThrowsError(
      try withDiscardingGreenGroup { group in
        group.spawn {
          try GreenThread.sleep(for: .seconds(1))
          throw Failure()
        }
        group.spawn { try GreenThread.sleep(for: .seconds(60)) }
      }
    ) { XCTAssertEqual($0 as? Failure, Failure()) }
    XCTAssertEqual(clock.now - start, 1_000_000_000)
  }

  func testAnErrorOfTheBodyKillsTheChildren() throws {
    let child = Event<AnyGreenThread>()
    XCTAssertThrowsError(
      try withDiscardingGreenGroup { group in
        child.send(group.spawn { try GreenThread.sleep(for: .seconds(60)) })
        try GreenThread.yield()
        throw Failure("body")
      }
    ) { XCTAssertEqual($0 as? Failure, Failure("body")) }
    XCTAssertTrue(try child.wait().isFinished)
  }

  /// Where the owner is when it is killed: in the body, in `next`, at the end of the scope.
  func testAKillOfTheOwnerKillsTheChildrenWhereverItIs() throws {
    let places: [(GreenGroup<Void>) throws -> Void] = [
      { _ in try GreenThread.sleep(for: .seconds(60)) }, { _ = try $0.next() },
      { _ = try $0.collect() }, { _ in },
    ]
    for place in places {
      var cleaned = 0
      let owner = spawn {
        try withGreenGroup(of: Void.self) { group in
          for _ in 0..<3 {
            group.spawn {
              defer { cleaned += 1 }
              try GreenThread.sleep(for: .seconds(60))
            }
          }
          try place(group)
        }
      }
      try GreenThread.yield()
      try GreenThread.yield()
      try owner.kill()
      XCTAssertThrowsError(try owner.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
      XCTAssertEqual(cleaned, 3)
    }
  }

  func testASecondKillOfTheOwnerDoesNotLeaveChildrenBehind() throws {
    var isClean = false
    let owner = spawn {
      try withDiscardingGreenGroup { group in
        group.spawn {
          defer {
            try? withShield { try GreenThread.sleep(for: .seconds(5)) }
            isClean = true
          }
          try GreenThread.sleep(for: .seconds(60))
        }
      }
    }
    try GreenThread.yield()
    try GreenThread.yield()
    try owner.kill()
    try owner.kill()
    XCTAssertFalse(owner.isFinished)
    XCTAssertThrowsError(try owner.wait())
    XCTAssertTrue(isClean)
  }

  func testATimeoutAroundTheScopeEndsIt() throws {
    XCTAssertThrowsError(
      try withTimeout(.seconds(1)) {
        try withDiscardingGreenGroup { group in
          group.spawn { try GreenThread.sleep(for: .seconds(60)) }
        }
      }
    ) { XCTAssertTrue($0 is Timeout) }
  }

  func testAChildThatIsKilledByItselfIsNoError() throws {
    let numbers = try withGreenGroup(of: Int.self) { group in
      group.spawn { 1 }
      let killed = group.spawn { () throws -> Int in
        try GreenThread.sleep(for: .seconds(60))
        return 2
      }
      try GreenThread.yield()
      try killed.kill()
      var numbers: [Int] = []
      while let number = try group.next() { numbers.append(number) }
      XCTAssertThrowsError(try group.collect()) { XCTAssertTrue($0 is GreenThreadExit) }
      return numbers
    }
    XCTAssertEqual(numbers, [1])
  }

  func testCancelAllLetsTheScopeGoOn() throws {
    var begun = 0
    let result = try withDiscardingGreenGroup { group in
      group.spawn { try GreenThread.sleep(for: .seconds(60)) }
      try GreenThread.yield()
      group.cancelAll()
      group.spawn { begun += 1 }
      return 5
    }
    XCTAssertEqual(result, 5)
    XCTAssertEqual(begun, 0)
  }

  func testChildrenMaySpawnSiblings() throws {
    var ended = 0
    try withDiscardingGreenGroup { group in
      group.spawn {
        group.spawn {
          try GreenThread.sleep(for: .seconds(1))
          ended += 1
        }
        ended += 1
      }
    }
    XCTAssertEqual(ended, 2)
  }

  func testGroupsNest() throws {
    XCTAssertThrowsError(
      try withDiscardingGreenGroup { outer in
        outer.spawn {
          try withDiscardingGreenGroup { inner in
            inner.spawn {
              try GreenThread.sleep(for: .seconds(1))
              throw Failure("innermost")
            }
            inner.spawn { try GreenThread.sleep(for: .seconds(60)) }
          }
        }
        outer.spawn { try GreenThread.sleep(for: .seconds(60)) }
      }
    ) { XCTAssertEqual($0 as? Failure, Failure("innermost")) }
  }

  func testADiscardingGroupForgetsWhoHasEnded() throws {
    let before = Canary.alive
    try withDiscardingGreenGroup { group in
      for _ in 0..<100 {
        let canary = Canary()
        group.spawn { _ = canary }
        try GreenThread.yield()
      }
      XCTAssertLessThan(Canary.alive, before + 3)
      XCTAssertNil(try group.next())
    }
  }

  func testAGroupInsideAShieldStillEndsByItsFirstError() throws {
    try withShield {
      XCTAssertThrowsError(
        try withDiscardingGreenGroup { group in
          group.spawn { throw Failure() }
          try GreenThread.sleep(for: .seconds(60))
        }
      ) { XCTAssertEqual($0 as? Failure, Failure()) }
    }
  }
}
