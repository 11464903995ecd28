import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Kills, closes and times out in the middle of operations of a file, which are held up by keeping
/// the pool's only thread busy.
final class FileInterruptionTests: NetTestCase {
  private func openDescriptor(_ number: Int32) -> Bool { fcntl(number, F_GETFD) >= 0 }

  // Eventlet: IO58
  func testAnInterruptedReadHasMovedNothing() throws {
    for isKill in [true, false] {
      let file = TemporaryFile("one\ntwo\n")
      let opened = try GreenFile.open(file.path)
      XCTAssertEqual(try opened.receive(upTo: 2), Array("on".utf8))
      try withSharedPoolTaken { release in
        let before = HubHoldings()
        let victim = spawn {
          if isKill { return try opened.receive(upTo: 3) }
          return try withTimeout(.seconds(1)) { try opened.receive(upTo: 3) }
        }
        let all = spawn { try opened.reader.readLine() }
        try GreenThread.yield()
        if isKill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
        XCTAssertThrowsError(try victim.wait())
        try release()
        XCTAssertEqual(try all.wait(), "e")
        XCTAssertEqual(opened.position, 4)
        XCTAssertEqual(HubHoldings().timers, before.timers)
      }
      XCTAssertEqual(try opened.reader.readLine(), "two")
      opened.close()
    }
  }

  /// The number does not go back to the kernel under a call that runs.
  func testClosingInTheMiddleOfAnOperation() throws {
    let file = TemporaryFile("text")
    let opened = try GreenFile.open(file.path)
    let number = opened.fileDescriptor
    try withSharedPoolTaken { release in
      let first = spawn { try opened.readAll() }
      let second = spawn { try opened.size() }
      try GreenThread.yield()
      opened.close()
      for error in [
        { _ = try first.wait() }, { _ = try second.wait() },
      ] {
        assertThrows(HubError.self, error) {
          guard case .closedWhileWaiting(number) = $0 else { return XCTFail("\($0)") }
        }
      }
      assertThrows(SystemError.self) { _ = try opened.size() }
      try release()
    }
    for _ in 0..<1000 where openDescriptor(number) { try GreenThread.sleep(for: .milliseconds(1)) }
    XCTAssertFalse(openDescriptor(number))
  }

  func testOpeningThatIsKilledLeavesNothingOpen() throws {
    let file = TemporaryFile("text")
    try withSharedPoolTaken { release in
      let victim = spawn { try GreenFile.open(file.path).close() }
      try GreenThread.yield()
      try victim.kill()
      XCTAssertThrowsError(try victim.wait())
      try release()
    }
  }

  /// What has begun ends before the next begins.
  func testAKilledWriteDoesNotOvertakeTheNext() throws {
    let file = TemporaryFile("")
    let opened = try GreenFile.open(file.path, .append)
    var expected = ""
    for round in 0..<50 {
      let victim = spawn { try opened.sendAll("a\(round) ") }
      let next = spawn { try opened.sendAll("b\(round) ") }
      for _ in 0..<(round % 3) { try GreenThread.yield() }
      try victim.kill()
      try next.wait()
      let content = try XCTUnwrap(file.content)
      let possible = ["a\(round) b\(round) ", "b\(round) "].map { expected + $0 }
      XCTAssertTrue(possible.contains(content), content)
      expected = content
    }
    try opened.closeReportingErrors()
  }
}
