import EventletCore
import EventletTesting
import Glibc
import XCTest

/// Two connected stream sockets that close themselves.
final class Pair {
  let near: Int32
  let far: Int32
  private var open: Set<Int32>

  init() throws {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw Failure("socketpair: \(errno)")
    }
    (near, far) = (ends[0], ends[1])
    open = [near, far]
  }

  deinit { for descriptor in open { Glibc.close(descriptor) } }

  func close(_ descriptor: Int32) {
    if open.remove(descriptor) != nil { Glibc.close(descriptor) }
  }

  func send(_ byte: UInt8 = 1) {
    var byte = byte
    XCTAssertEqual(write(far, &byte, 1), 1)
  }

  func receive() -> UInt8? {
    var byte: UInt8 = 0
    return read(near, &byte, 1) == 1 ? byte : nil
  }

  /// Writes until there is no room.
  func fill() {
    let junk = [UInt8](repeating: 0, count: 65536)
    while write(near, junk, junk.count) > 0 {}
  }

  func drainFar() {
    var junk = [UInt8](repeating: 0, count: 65536)
    while read(far, &junk, junk.count) > 0 {}
  }
}

final class DescriptorWaitTests: GreenTestCase {
  private var hub: Hub { Hub.current }

  /// Ends a wait that should not have been ended by anything else.
  private func finish(
    _ thread: GreenThread<Bool>, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    try thread.kill()
    XCTAssertThrowsError(try thread.wait(), file: file, line: line) {
      XCTAssertTrue($0 is GreenThreadExit, "\($0)", file: file, line: line)
    }
  }

  // Eventlet: H4
  func testAReaderWakesWhenDataArrives() throws {
    let pair = try Pair()
    let reader = spawn { try Hub.current.waitUntilReadable(pair.near) }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(reader.isFinished)
    pair.send(7)
    XCTAssertTrue(try reader.wait())
    XCTAssertEqual(pair.receive(), 7)
    hub.notifyClose(pair.near)
  }

  // Eventlet: H4
  func testAWriterWakesWhenThereIsRoom() throws {
    let pair = try Pair()
    XCTAssertTrue(try hub.waitUntilWritable(pair.near))
    pair.fill()
    let writer = spawn { try Hub.current.waitUntilWritable(pair.near) }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(writer.isFinished)
    pair.drainFar()
    XCTAssertTrue(try writer.wait())
    hub.notifyClose(pair.near)
  }

  // Eventlet: H4, G34
  func testYieldersLetTheHubLookAtDescriptors() throws {
    let pair = try Pair()
    let reader = spawn { try Hub.current.waitUntilReadable(pair.near) }
    try GreenThread.yield()
    pair.send()
    for _ in 0..<3 { try GreenThread.yield() }
    XCTAssertTrue(reader.isFinished)
    hub.notifyClose(pair.near)
  }

  // Eventlet: H16
  func testAWaitInACallbackIsRefused() throws {
    let pair = try Pair()
    var caught: (any Error)?
    hub.schedule(after: .zero) {
      do { _ = try Hub.current.waitUntilReadable(pair.near) } catch { caught = error }
    }
    try GreenThread.sleep(for: .seconds(1))
    guard case HubError.blockingCallInHub? = caught else { return XCTFail("\(caught as Any)") }
    hub.notifyClose(pair.near)
  }

  // Eventlet: H18
  func testAWaitEndsAtItsTimeoutAndLeavesNothing() throws {
    let pair = try Pair()
    XCTAssertFalse(try hub.waitUntilReadable(pair.near, timeout: .seconds(2)))
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertEqual(hub.statistics.descriptorWaits, 0)
    XCTAssertEqual(hub.statistics.timers, 0)
    hub.notifyClose(pair.near)
  }

  // Eventlet: H18
  func testATimeoutOrKillTakesTheRegistrationAway() throws {
    let pair = try Pair()
    XCTAssertThrowsError(
      try withTimeout(.seconds(1)) { try Hub.current.waitUntilReadable(pair.near) }
    ) { XCTAssertTrue($0 is Timeout) }
    XCTAssertEqual(hub.statistics.descriptorWaits, 0)
    let reader = spawn { try Hub.current.waitUntilReadable(pair.near, timeout: .seconds(60)) }
    try GreenThread.yield()
    XCTAssertEqual(hub.statistics.descriptorWaits, 1)
    try finish(reader)
    XCTAssertEqual(hub.statistics.descriptorWaits, 0)
    XCTAssertEqual(hub.statistics.timers, 0)
    hub.notifyClose(pair.near)
  }

  // Eventlet: H19
  func testASecondWaiterOfADirectionIsRefusedAndTheFirstUndisturbed() throws {
    let pair = try Pair()
    let first = spawn(name: "first") { try Hub.current.waitUntilReadable(pair.near) }
    let second = spawn(name: "second") { try Hub.current.waitUntilReadable(pair.near) }
    XCTAssertThrowsError(try second.wait()) { error in
      guard case HubError.secondWaiter("read", pair.near, _, _) = error else {
        return XCTFail("\(error)")
      }
      for part in ["read", "\(pair.near)", "'first'", "'second'"] {
        XCTAssertTrue("\(error)".contains(part), "\(error)")
      }
    }
    XCTAssertFalse(first.isFinished)
    pair.send()
    XCTAssertTrue(try first.wait())
    hub.notifyClose(pair.near)
  }

  // Eventlet: H20
  func testOneReaderAndOneWriterMayWaitTogether() throws {
    let pair = try Pair()
    pair.fill()
    let reader = spawn { try Hub.current.waitUntilReadable(pair.near) }
    let writer = spawn { try Hub.current.waitUntilWritable(pair.near) }
    try GreenThread.yield()
    pair.send()
    XCTAssertTrue(try reader.wait())
    XCTAssertFalse(writer.isFinished)
    pair.drainFar()
    XCTAssertTrue(try writer.wait())
    hub.notifyClose(pair.near)
  }

  // Eventlet: H21
  func testWithTheProtectionOffEachOfTwoReadersGetsSomeOfTheData() throws {
    hub.preventsMultipleReaders = false
    let pair = try Pair()
    let readers = (0..<2).map { _ in
      spawn { () -> UInt8 in
        while true {
          if let byte = pair.receive() { return byte }
          _ = try Hub.current.waitUntilReadable(pair.near)
        }
      }
    }
    try GreenThread.yield()
    pair.send(1)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(readers.filter(\.isFinished).count, 1)
    pair.send(2)
    XCTAssertEqual(Set(try readers.map { try $0.wait() }), [1, 2])
    hub.notifyClose(pair.near)
  }

  // Eventlet: H22
  func testKillingTheSecondReaderLeavesTheFirstAlone() throws {
    hub.preventsMultipleReaders = false
    let pair = try Pair()
    let first = spawn { try Hub.current.waitUntilReadable(pair.near) }
    let second = spawn { try Hub.current.waitUntilReadable(pair.near) }
    try GreenThread.yield()
    try finish(second)
    XCTAssertFalse(first.isFinished)
    pair.send()
    XCTAssertTrue(try first.wait())
    hub.notifyClose(pair.near)
  }

  // Eventlet: H23, H24
  func testNotifyOpenedWakesTheWaitersOfTheOldFile() throws {
    let pair = try Pair()
    let reader = spawn { try Hub.current.waitUntilReadable(pair.near) }
    let ended = spawn { try Hub.current.waitUntilWritable(pair.near) }
    XCTAssertTrue(try ended.wait())
    hub.notifyOpened(pair.near)
    XCTAssertThrowsError(try reader.wait()) { error in
      guard case HubError.closedWhileWaiting(pair.near) = error else { return XCTFail("\(error)") }
    }
    XCTAssertEqual(hub.statistics.descriptorWaits, 0)
  }

  // Eventlet: H25 [!]
  func testNotifyCloseWakesEveryWaiter() throws {
    let pair = try Pair()
    pair.fill()
    let waiters = [
      spawn { try Hub.current.waitUntilReadable(pair.near) },
      spawn { try Hub.current.waitUntilWritable(pair.near) },
    ]
    try GreenThread.yield()
    hub.notifyClose(pair.near)
    pair.close(pair.near)
    for waiter in waiters {
      XCTAssertThrowsError(try waiter.wait()) { error in
        guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
        XCTAssertTrue("\(error)".contains("closed by another green thread"))
      }
    }
  }

  // Eventlet: H23, H25 [!]
  func testTheNextOwnerOfANumberHearsNothingOfTheLast() throws {
    let old = try Pair()
    let reader = spawn { try Hub.current.waitUntilReadable(old.near) }
    try GreenThread.yield()
    let number = old.near
    hub.notifyClose(number)
    old.close(number)
    XCTAssertThrowsError(try reader.wait())
    let new = try Pair()
    XCTAssertEqual(new.near, number)
    XCTAssertFalse(try hub.waitUntilReadable(number, timeout: .seconds(1)))
    new.send()
    XCTAssertTrue(try hub.waitUntilReadable(number, timeout: .seconds(1)))
    hub.notifyClose(number)
  }

  // Eventlet: H26
  func testAHangUpWakesReaderAndWriter() throws {
    let pair = try Pair()
    pair.fill()
    let reader = spawn { try Hub.current.waitUntilReadable(pair.near) }
    let writer = spawn { try Hub.current.waitUntilWritable(pair.near) }
    try GreenThread.yield()
    pair.close(pair.far)
    XCTAssertTrue(try reader.wait())
    XCTAssertTrue(try writer.wait())
    hub.notifyClose(pair.near)
  }

  // Eventlet: H27
  func testAllThatOnePollFoundIsReadyBeforeTheFirstRuns() throws {
    let pairs = [try Pair(), try Pair(), try Pair()]
    var stillWaiting: [Int] = []
    let readers = pairs.map { pair in
      spawn {
        let isReadable = try Hub.current.waitUntilReadable(pair.near)
        stillWaiting.append(Hub.current.statistics.descriptorWaits)
        return isReadable
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(hub.statistics.descriptorWaits, 3)
    for pair in pairs { pair.send() }
    for reader in readers { XCTAssertTrue(try reader.wait()) }
    XCTAssertEqual(stillWaiting, [0, 0, 0])
    for pair in pairs { hub.notifyClose(pair.near) }
  }

  // Eventlet: H28 [!]
  func testAFailingReaderDisturbsNoOtherWaiter() throws {
    let pair = try Pair()
    pair.fill()
    let reader = spawn {
      _ = try Hub.current.waitUntilReadable(pair.near)
      throw Failure("reader")
    }
    let writer = spawn { try Hub.current.waitUntilWritable(pair.near) }
    try GreenThread.yield()
    pair.send()
    XCTAssertThrowsError(try reader.wait()) { XCTAssertEqual($0 as? Failure, Failure("reader")) }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(writer.isFinished)
    pair.drainFar()
    XCTAssertTrue(try writer.wait())
    hub.notifyClose(pair.near)
  }

  // Eventlet: H29
  func testAnInvalidDescriptorIsRefusedEveryTime() throws {
    for _ in 0..<3 {
      XCTAssertThrowsError(try hub.waitUntilReadable(-1)) { error in
        guard case HubError.invalidArgument = error else { return XCTFail("\(error)") }
      }
    }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: H29
  func testAClosedDescriptorIsRefusedEveryTimeAndLeavesNothing() throws {
    let pair = try Pair()
    let number = pair.near
    pair.close(number)
    for _ in 0..<3 {
      XCTAssertThrowsError(try hub.waitUntilReadable(number)) {
        XCTAssertEqual(($0 as? SystemError)?.errno, EBADF)
      }
    }
    XCTAssertEqual(hub.statistics.descriptorWaits, 0)
    hub.notifyClose(number)
  }

  // Eventlet: H30
  func testANumberThatWasArmedBeforeMayBeArmedAgain() throws {
    let pair = try Pair()
    for _ in 0..<5 {
      pair.send()
      XCTAssertTrue(try hub.waitUntilReadable(pair.near))
      XCTAssertEqual(pair.receive(), 1)
    }
    hub.notifyClose(pair.near)
  }

  // Eventlet: H35 [!]
  func testARegularFileIsAlwaysReady() throws {
    let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    XCTAssertGreaterThanOrEqual(file, 0)
    defer { close(file) }
    XCTAssertTrue(try hub.waitUntilReadable(file, timeout: .seconds(1)))
    hub.notifyClose(file)
  }

  // Eventlet: H38 [!]
  func testAnOwnedDescriptorIsWokenByTheNextEdge() throws {
    let pair = try Pair()
    let record = hub.own(pair.near)
    for byte in 1...3 as ClosedRange<UInt8> {
      let reader = spawn { try record.wait(for: .reading, until: .max) }
      try GreenThread.yield()
      pair.send(byte)
      XCTAssertTrue(try reader.wait())
      XCTAssertEqual(pair.receive(), byte)
      XCTAssertNil(pair.receive())
      record.usedUpReading()
    }
    record.detach()
    XCTAssertThrowsError(try record.wait(for: .reading, until: .max)) {
      XCTAssertEqual(($0 as? SystemError)?.errno, EBADF)
    }
  }
}
