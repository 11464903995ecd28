import CPatchProbe
import EventletCore
import EventletNet
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// What a descriptor's number stands for, and who waits for it.
final class DescriptorTests: PatchTestCase {
  // Eventlet: GM12
  func testSiblingsRunWhileOneReads() throws {
    let pipe = makePipe()
    let reader = spawn { self.take(from: pipe.reads) }
    let writer = spawn {
      usleep(1000)
      self.put("hello", to: pipe.writes)
    }
    XCTAssertEqual(try reader.wait(), "hello")
    try writer.wait()
    close(pipe.reads)
    close(pipe.writes)
  }

  /// Of several that wait for one descriptor each gets what comes, in turn.
  func testSeveralReadOne() throws {
    let pipe = makePipe()
    let readers = (0..<5).map { _ in spawn { self.take(from: pipe.reads, upTo: 1) } }
    try GreenThread.yield()
    put("abcde", to: pipe.writes)
    let read = try readers.map { try $0.wait() ?? "" }
    XCTAssertEqual(read.sorted(), ["a", "b", "c", "d", "e"])
    close(pipe.reads)
    close(pipe.writes)
  }

  func testOneReadsAndOneWritesTheSameSocket() throws {
    let (here, there) = makeSocketPair()
    let bytes = [UInt8](repeating: 7, count: 1 << 20)
    let writer = spawn { write(here, bytes, bytes.count) }
    let reader = spawn { self.take(from: here) }
    try GreenThread.yield()
    put("back", to: there)
    XCTAssertEqual(try reader.wait(), "back")
    var got = 0
    while got < bytes.count { got += take(from: there, upTo: 1 << 16)?.utf8.count ?? 0 }
    XCTAssertEqual(try writer.wait(), bytes.count)
    close(here)
    close(there)
  }

  /// Each who polls is told, though the first uses up what there is.
  func testAllWhoPollAreTold() throws {
    let pipe = makePipe()
    var told = 0
    let pollers = (0..<3).map { _ in
      spawn {
        var one = pollfd(fd: pipe.reads, events: Int16(POLLIN), revents: 0)
        XCTAssertEqual(poll(&one, 1, -1), 1)
        XCTAssertEqual(one.revents, Int16(POLLIN))
        told += 1
        var byte: UInt8 = 0
        _ = recv(pipe.reads, &byte, 1, Int32(MSG_DONTWAIT))
        if told == 1 { XCTAssertEqual(self.take(from: pipe.reads), "x") }
      }
    }
    try GreenThread.yield()
    put("x", to: pipe.writes)
    for poller in pollers { try poller.wait() }
    XCTAssertEqual(told, 3)
    close(pipe.reads)
    close(pipe.writes)
  }

  /// One who finds it ready at once tells those who wait already.
  func testWhoComesLaterTellsTheOthers() throws {
    let pipe = makePipe()
    var isTold = false
    let waiting = spawn {
      var one = pollfd(fd: pipe.reads, events: Int16(POLLIN), revents: 0)
      XCTAssertEqual(poll(&one, 1, -1), 1)
      isTold = true
    }
    try GreenThread.yield()
    put("x", to: pipe.writes)
    var one = pollfd(fd: pipe.reads, events: Int16(POLLIN), revents: 0)
    XCTAssertEqual(poll(&one, 1, -1), 1)
    XCTAssertEqual(take(from: pipe.reads), "x")
    try waiting.wait()
    XCTAssertTrue(isTold)
    close(pipe.reads)
    close(pipe.writes)
  }

  /// Who has written a part is told how much it was, and by no signal that nobody reads the rest.
  func testAPeerThatGoesInTheMiddle() {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 22, alignment: 8)
    bytes.initializeMemory(as: UInt8.self, repeating: 7)
    defer { bytes.deallocate() }
    var piece = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
    let waysToWrite: [(String, (Int32) -> Int)] = [
      ("write", { write($0, bytes.baseAddress, bytes.count) }),
      ("writev", { writev($0, &piece, 1) }),
      ("send", { send($0, bytes.baseAddress, bytes.count, 0) }),
    ]
    for (name, write) in waysToWrite {
      let result = inChild {
        let (here, there) = self.makeSocketPair()
        signal(SIGPIPE, SIG_DFL)
        let writer = spawn { write(here) }
        try GreenThread.yield()
        _ = self.take(from: there)
        close(there)
        let written = try writer.wait()
        return written > 0 && written < bytes.count ? 7 : 1
      }
      XCTAssertEqual(result, 7, name)
      // Who writes nothing gets the signal, as from libc.
      let end = inChild {
        let (here, there) = self.makeSocketPair()
        signal(SIGPIPE, SIG_DFL)
        close(there)
        return write(here) < 0 ? 1 : 2
      }
      XCTAssertEqual(end, -SIGPIPE, name)
    }
  }

  // MARK: Closing

  private func checkClosing(_ end: (Int32) -> Void) throws {
    let pipe = makePipe()
    var error: Int32 = 0
    let reader = spawn {
      var byte: UInt8 = 0
      if read(pipe.reads, &byte, 1) < 0 { error = errno }
    }
    var events: Int16 = 0
    let poller = spawn {
      var one = pollfd(fd: pipe.reads, events: Int16(POLLIN), revents: 0)
      _ = poll(&one, 1, -1)
      events = one.revents
    }
    try GreenThread.yield()
    end(pipe.reads)
    try reader.wait()
    try poller.wait()
    XCTAssertEqual(error, EBADF)
    XCTAssertEqual(events, Int16(POLLNVAL))
    close(pipe.writes)
  }

  // Eventlet: GM9, GM13
  func testClosingWakesWhoWaits() throws { try checkClosing { close($0) } }

  func testClosingARangeWakesWhoWaits() throws {
    try checkClosing { XCTAssertEqual(probe_close_range($0), 0) }
  }

  func testClosingAStreamWakesWhoWaits() throws {
    try checkClosing { fclose(fdopen($0, "r")) }
  }

  func testClosingAllInAChild() throws {
    let pipe = makePipe()
    let reader = spawn { self.take(from: pipe.reads) }
    try GreenThread.yield()
    let result = inChild {
      probe_close_from(3) == 0 && fcntl(pipe.reads, F_GETFD) == -1 ? 7 : 1
    }
    XCTAssertEqual(result, 7)
    put("still open", to: pipe.writes)
    XCTAssertEqual(try reader.wait(), "still open")
    close(pipe.reads)
    close(pipe.writes)
  }

  /// Where nothing is known of any number.
  func testClosingWhatWasNeverOpen() {
    XCTAssertEqual(inChild { probe_close_from(1_000_000) }, 0)
  }

  /// The number has another file then, which the waiters did not ask for.
  func testANumberThatGetsAnotherFile() throws {
    let pipe = makePipe(), other = makePipe()
    var error: Int32 = 0
    let reader = spawn {
      var byte: UInt8 = 0
      if read(pipe.reads, &byte, 1) < 0 { error = errno }
    }
    try GreenThread.yield()
    XCTAssertEqual(dup2(other.reads, pipe.reads), pipe.reads)
    try reader.wait()
    XCTAssertEqual(error, EBADF)
    put("new", to: other.writes)
    XCTAssertEqual(take(from: pipe.reads), "new")
    for descriptor in [pipe.reads, pipe.writes, other.reads, other.writes] { close(descriptor) }
  }

  /// A close that no hook sees, and the number is another file's: a socket where a pipe was, and a
  /// pipe where a socket was.
  func testNumbersThatChangeUnseen() throws {
    for _ in 0..<3 {
      let pipe = makePipe()
      put("pipe", to: pipe.writes)
      XCTAssertEqual(take(from: pipe.reads), "pipe")
      let (here, there) = makeSocketPair()
      put("sock", to: there)
      XCTAssertEqual(take(from: here), "sock")
      // Under the numbers of the pipe there are sockets now, and the other way round.
      let spare = fcntl(pipe.reads, F_DUPFD, 500)
      MonkeyPatch.uninstall()
      dup2(here, pipe.reads)
      dup2(spare, here)
      try MonkeyPatch.install()
      let socketReader = spawn { self.take(from: pipe.reads) }
      let pipeReader = spawn { self.take(from: here) }
      try GreenThread.yield()
      put("to the socket", to: there)
      put("to the pipe", to: pipe.writes)
      XCTAssertEqual(try socketReader.wait(), "to the socket")
      XCTAssertEqual(try pipeReader.wait(), "to the pipe")
      for descriptor in [pipe.reads, pipe.writes, here, there, spare] { close(descriptor) }
    }
  }

  // MARK: Flags

  func testTheFlagOfADescriptorIsNeverChanged() throws {
    let pipe = makePipe()
    let reader = spawn { self.take(from: pipe.reads) }
    try GreenThread.yield()
    XCTAssertEqual(fcntl(pipe.reads, F_GETFL) & O_NONBLOCK, 0)
    // Nor by a green socket of this library's own beside it.
    put("x", to: pipe.writes)
    XCTAssertEqual(try reader.wait(), "x")
    close(pipe.reads)
    close(pipe.writes)
  }
}
