import CPatchProbe
import EventletCore
import EventletTesting
import Glibc
import XCTest

@testable import EventletPatch

/// Children of a process that is patched, and handlers of signals in it.
final class PatchedChildTests: PatchTestCase {
  // Eventlet: PA15, PA16
  func testCallsAreGreenInAChild() throws {
    let pipe = makePipe()
    let result = inChild {
      let writer = spawn {
        usleep(1000)
        return write(pipe.writes, "x", 1)
      }
      var byte: UInt8 = 0
      guard read(pipe.reads, &byte, 1) == 1, try writer.wait() == 1 else { return 1 }
      return 7
    }
    XCTAssertEqual(result, 7)
    // What waits in both ends in both.
    let sleeper = spawn { usleep(2000) }
    try GreenThread.yield()
    XCTAssertEqual(inChild { try sleeper.wait() == 0 ? 8 : 1 }, 8)
    XCTAssertEqual(try sleeper.wait(), 0)
    close(pipe.reads)
    close(pipe.writes)
  }

  /// A child of vfork has its parent's memory: what it closes stays open in the parent.
  func testAChildThatClosesBeforeItRunsAProgram() throws {
    let pipe = makePipe()
    let reader = spawn { self.take(from: pipe.reads) }
    try GreenThread.yield()
    XCTAssertEqual(probe_vfork_and_close(pipe.reads), 3)
    try GreenThread.yield()
    XCTAssertFalse(reader.isFinished)
    put("still open", to: pipe.writes)
    XCTAssertEqual(try reader.wait(), "still open")
    close(pipe.reads)
    close(pipe.writes)
  }

  /// Nor does it use the hub, which is its parent's.
  func testAChildOfVforkThatSleeps() throws {
    let pipe = makePipe()
    let sibling = spawn { usleep(5000) }
    try GreenThread.yield()
    XCTAssertEqual(probe_vfork_and_sleep(), 3)
    let reader = spawn { self.take(from: pipe.reads) }
    try GreenThread.yield()
    put("x", to: pipe.writes)
    XCTAssertEqual(try reader.wait(), "x")
    XCTAssertEqual(try sibling.wait(), 0)
    close(pipe.reads)
    close(pipe.writes)
  }

  /// A handler with a stack of its own, as reports of crashes have, must not switch.
  func testAHandlerOnAnotherStackBlocks() throws {
    var hasRun = false
    let sibling = spawn { hasRun = true }
    XCTAssertEqual(probe_sleep_in_handler(1), 0)
    XCTAssertFalse(hasRun)
    try sibling.wait()
  }

  /// One on the green thread's own stack may.
  func testAHandlerOnTheSameStackMayWait() throws {
    var hasRun = false
    let caller = spawn { probe_sleep_in_handler(0) }
    let sibling = spawn { hasRun = true }
    XCTAssertEqual(try caller.wait(), 0)
    XCTAssertTrue(hasRun)
    try sibling.wait()
  }

  /// The waits of who is interrupted by a signal go on.
  func testSignalsDoNotEndACall() throws {
    let pipe = makePipe()
    let reader = spawn { self.take(from: pipe.reads) }
    XCTAssertEqual(probe_signals_during(20), 20)
    put("x", to: pipe.writes)
    XCTAssertEqual(try reader.wait(), "x")
    close(pipe.reads)
    close(pipe.writes)
  }
}

/// A kernel that cannot be asked not to wait for what is read.
final class OldKernelTests: PatchTestCase {
  func testReadingAndWriting() throws {
    MonkeyPatch.pretendsOldKernel = true
    defer { MonkeyPatch.pretendsOldKernel = false }
    let pipe = makePipe()
    let reader = spawn { self.take(from: pipe.reads) }
    try GreenThread.yield()
    put("hello", to: pipe.writes)
    XCTAssertEqual(try reader.wait(), "hello")
    let bytes = [UInt8](repeating: 7, count: 1 << 20)
    let writer = spawn { write(pipe.writes, bytes, bytes.count) }
    var got = 0
    while got < bytes.count { got += take(from: pipe.reads, upTo: 1 << 16)?.utf8.count ?? 0 }
    XCTAssertEqual(try writer.wait(), bytes.count)
    close(pipe.reads)
    close(pipe.writes)
  }

  /// What a pipe takes in one piece arrives in one, whoever else writes to it.
  func testSeveralPiecesAreOne() throws {
    MonkeyPatch.pretendsOldKernel = true
    defer { MonkeyPatch.pretendsOldKernel = false }
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(probe_make_packet_pipe(&ends), 0)
    for lengths in [[5, 0, 7], [1, 4095], [4096], [1000, 1000, 1000, 1000]] {
      let count = lengths.reduce(0, +)
      var bytes = [UInt8](repeating: 7, count: count)
      let written = bytes.withUnsafeMutableBytes { bytes in
        var offset = 0
        let pieces = lengths.map { length in
          defer { offset += length }
          return iovec(iov_base: bytes.baseAddress?.advanced(by: offset), iov_len: length)
        }
        return writev(ends[1], pieces, Int32(pieces.count))
      }
      XCTAssertEqual(written, count, "\(lengths)")
      XCTAssertEqual(take(from: ends[0], upTo: 8192)?.utf8.count, count, "\(lengths)")
    }
    close(ends[0])
    close(ends[1])
  }
}
