import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class PipeTests: NetTestCase {
  // Eventlet: IO53
  func testAReaderWaitsWhileOthersRun() throws {
    let (reader, writer) = try GreenPipe.make()
    var others = 0
    let waiting = spawn { try reader.receive(upTo: 100) }
    for _ in 0..<10 {
      try GreenThread.yield()
      others += 1
    }
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 1)
    XCTAssertFalse(waiting.isFinished)
    try writer.sendAll("data")
    XCTAssertEqual(try waiting.wait(), Array("data".utf8))
    XCTAssertEqual(others, 10)
  }

  // Eventlet: IO54
  func testLines() throws {
    let (reader, writer) = try GreenPipe.make()
    try writer.sendAll("one\ntwo\r\nthree")
    writer.close()
    let first = try reader.reader.readLine()
    XCTAssertEqual(first, "one")
    // As it is on the wire.
    let second = try reader.reader.readBytes(through: UInt8(ascii: "\n"), limit: 100)
    XCTAssertEqual(second, Array("two\r\n".utf8))
    XCTAssertEqual(try reader.reader.readLine(), "three")
    XCTAssertNil(try reader.reader.readLine())
  }

  // Eventlet: IO55
  func testReadAll() throws {
    let (reader, writer) = try GreenPipe.make()
    let all = spawn { try reader.reader.readAll() }
    for part in ["a", "bc", "def"] {
      try writer.sendAll(part)
      try GreenThread.yield()
    }
    XCTAssertFalse(all.isFinished)
    writer.close()
    XCTAssertEqual(try all.wait(), Array("abcdef".utf8))
    XCTAssertEqual(try reader.reader.readAll(), [])
  }

  func testReadAllWithinALimit() throws {
    let (reader, writer) = try GreenPipe.make()
    try writer.sendAll("12345")
    writer.close()
    assertThrows(StreamTooLong.self) {
      _ = try reader.reader.readAll(limit: 4)
    } check: {
      XCTAssertEqual("\($0)", "more than 4 bytes")
    }
    XCTAssertEqual(try reader.reader.readAll(limit: 5), Array("12345".utf8))
  }

  // Eventlet: IO56
  func testAnUnbufferedReadReturnsWhatOneReadDelivers() throws {
    let (reader, writer) = try GreenPipe.make()
    try writer.sendAll("abc")
    XCTAssertEqual(try reader.receive(upTo: 100), Array("abc".utf8))
    try writer.sendAll("defg")
    XCTAssertEqual(try reader.receive(upTo: 2), Array("de".utf8))
    XCTAssertEqual(try reader.receive(upTo: 2), Array("fg".utf8))
    writer.close()
    XCTAssertEqual(try reader.receive(upTo: 2), [])
    XCTAssertEqual(try reader.receive(upTo: 2), [])
  }

  // Eventlet: IO57, IO63
  func testAWriteReturnsWhenAllIsWritten() throws {
    let (reader, writer) = try GreenPipe.make()
    let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let writing = spawn {
      try writer.sendAll(data)
      writer.close()
    }
    try GreenThread.yield()
    XCTAssertFalse(writing.isFinished)
    XCTAssertTrue(try reader.reader.readAll() == data)
    try writing.wait()
  }

  // Eventlet: IO60
  func testOperationsAfterCloseAreErrors() throws {
    let (reader, writer) = try GreenPipe.make()
    reader.close()
    writer.close()
    reader.close()
    for call in [
      { _ = try reader.receive(upTo: 1) }, { _ = try reader.reader.readLine() },
      { try writer.sendAll("a") }, { try writer.sendAll("") },
    ] {
      assertThrows(SystemError.self, call) { XCTAssertEqual($0.errno, EBADF) }
    }
  }

  // Eventlet: IO62
  func testTheSecondReaderAndTheSecondWriterGetAnError() throws {
    let (reader, writer) = try GreenPipe.make()
    let first = spawn { try reader.receive(upTo: 100) }
    try GreenThread.yield()
    assertThrows(HubError.self) {
      _ = try reader.receive(upTo: 100)
    } check: {
      guard case .secondWaiter("read", reader.fileDescriptor, _, _) = $0 else {
        return XCTFail("\($0)")
      }
    }
    try writer.sendAll("data")
    XCTAssertEqual(try first.wait(), Array("data".utf8))

    let sender = spawn { try writer.sendAll([UInt8](repeating: 0, count: 100_000)) }
    try GreenThread.yield()
    assertThrows(HubError.self) { try writer.sendAll("in between") }
    writer.close()
    XCTAssertThrowsError(try sender.wait())
  }

  // Eventlet: IO64
  func testClosingWakesWhoeverWaits() throws {
    let (reader, writer) = try GreenPipe.make()
    let receiving = spawn { try reader.receive(upTo: 100) }
    let sending = spawn { try writer.sendAll([UInt8](repeating: 0, count: 100_000)) }
    // The reader waits again behind what it has got.
    XCTAssertEqual(try receiving.wait().count, 100)
    try GreenThread.yield()
    writer.close()
    assertThrows(HubError.self) {
      try sending.wait()
    } check: {
      guard case .closedWhileWaiting = $0 else { return XCTFail("\($0)") }
    }
    while try !reader.receive(upTo: 1 << 20).isEmpty {}

    let (other, itsWriter) = try GreenPipe.make()
    let waiting = spawn { try other.receive(upTo: 100) }
    try GreenThread.yield()
    other.close()
    assertThrows(HubError.self) { _ = try waiting.wait() }
    itsWriter.close()
  }

  // Eventlet: IO64
  func testANumberThatSomebodyElseClosedAndANewPipeGot() throws {
    let (reader, writer) = try GreenPipe.make()
    let waiting = spawn { try reader.receive(upTo: 1) }
    try GreenThread.yield()
    let number = reader.fileDescriptor
    close(number)
    // Gets the lowest number that is free.
    let (second, secondWriter) = try GreenPipe.make()
    XCTAssertEqual(second.fileDescriptor, number)
    assertThrows(HubError.self) { _ = try waiting.wait() }
    // Not its own any more.
    reader.close()
    try secondWriter.sendAll("x")
    XCTAssertEqual(try second.receive(upTo: 1), Array("x".utf8))
    writer.close()
  }

  // Eventlet: GM13
  func testWritingToWhatNobodyReadsIsAnErrorAndNoSignal() throws {
    let (reader, writer) = try GreenPipe.make()
    reader.close()
    for _ in 0..<2 {
      assertThrows(SystemError.self) {
        try writer.sendAll("a")
      } check: {
        XCTAssertEqual($0, SystemError(call: "write", errno: EPIPE, subject: $0.subject))
      }
    }
    var pending = sigset_t()
    sigpending(&pending)
    XCTAssertEqual(sigismember(&pending, SIGPIPE), 0)
    let (second, itsWriter) = try GreenPipe.make()
    let writing = spawn { try itsWriter.sendAll([UInt8](repeating: 0, count: 100_000)) }
    try GreenThread.yield()
    second.close()
    assertThrows(SystemError.self) {
      try writing.wait()
    } check: {
      XCTAssertEqual($0.errno, EPIPE)
    }
  }

  func testTimeouts() throws {
    let (reader, writer) = try GreenPipe.make()
    assertThrows(IOTimeout.self) { _ = try reader.receive(upTo: 1, timeout: .seconds(1)) }
    assertThrows(SystemError.self) {
      _ = try reader.receive(upTo: 1, timeout: .zero)
    } check: {
      XCTAssertEqual($0.errno, EAGAIN)
    }
    let block = [UInt8](repeating: 0, count: 100_000)
    assertThrows(IOTimeout.self) { try writer.sendAll(block, timeout: .seconds(1)) }
    XCTAssertEqual(clock.elapsed, .seconds(2))
    reader.timeout = .seconds(3)
    while try reader.receive(upTo: 1 << 20).count == 1 << 20 {}
    assertThrows(IOTimeout.self) { _ = try reader.receive(upTo: 1) }
    XCTAssertEqual(clock.elapsed, .seconds(5))
  }

  func testReceivingNothingWaitsForSomething() throws {
    let (reader, writer) = try GreenPipe.make()
    let waiting = spawn { try reader.receive(upTo: 0) }
    try GreenThread.yield()
    XCTAssertFalse(waiting.isFinished)
    try writer.sendAll("x")
    XCTAssertEqual(try waiting.wait(), [])
    XCTAssertEqual(try reader.receive(upTo: 1), Array("x".utf8))
  }

  /// A peer that is as fast as we are does not get the hub for itself.
  func testOthersRunBetweenCallsThatNeedNotWait() throws {
    let (reader, writer) = try GreenPipe.make()
    var turns = 0
    let other = spawn { while true { turns += 1; try GreenThread.yield() } }
    for _ in 0..<1000 {
      try writer.sendAll("x")
      _ = try reader.receive(upTo: 1)
    }
    XCTAssertGreaterThan(turns, 5)
    try other.kill()
  }

  func testDroppingTheLastReferenceCloses() throws {
    let ends = try GreenPipe.make()
    var reader: PipeReader? = ends.reader
    XCTAssertNotNil(reader)
    reader = nil
    let number = ends.writer.fileDescriptor
    XCTAssertGreaterThan(number, 0)
  }

  func testBetweenHubs() throws {
    let (reader, writer) = try GreenPipe.make()
    let number = dup(writer.fileDescriptor)
    writer.close()
    let other = try HubThread.start {
      let writer = try PipeWriter(adopting: number)
      try writer.sendAll([UInt8](repeating: 7, count: 200_000))
      writer.close()
    }
    XCTAssertEqual(try reader.reader.readAll().count, 200_000)
    try other.join()
  }
}
