import CPatchProbe
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// A kill or timeout that comes to a green thread inside a call of libc.
final class LibcInterruptionTests: PatchTestCase {
  /// A call that waits for ever, and what it returns when it is given up.
  private struct Waiting {
    let name: String
    let call: () -> Int
  }

  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)

  deinit { buffer.deallocate() }

  private func calls(
    _ pipe: (reads: Int32, writes: Int32), _ socket: Int32, _ full: Int32, _ listener: Int32
  ) -> [Waiting] {
    let buffer = buffer
    return [
      Waiting(name: "read") { read(pipe.reads, buffer, 1) },
      Waiting(name: "read of a socket") { read(socket, buffer, 1) },
      Waiting(name: "readv") {
        var piece = iovec(iov_base: buffer, iov_len: 1)
        return readv(pipe.reads, &piece, 1)
      },
      Waiting(name: "recv") { recv(socket, buffer, 1, 0) },
      Waiting(name: "recvfrom") { recvfrom(socket, buffer, 1, 0, nil, nil) },
      Waiting(name: "recvmsg") {
        var message = msghdr()
        return recvmsg(socket, &message, 0)
      },
      Waiting(name: "recvmsg of all") {
        var piece = iovec(iov_base: buffer, iov_len: 8)
        return withUnsafeMutablePointer(to: &piece) {
          var message = msghdr()
          message.msg_iov = $0
          message.msg_iovlen = 1
          return recvmsg(socket, &message, Int32(MSG_WAITALL))
        }
      },
      Waiting(name: "sendfile") { Int(probe_send_file(full)) },
      Waiting(name: "ppoll with a mask") { Int(probe_ppoll_with_mask(pipe.reads)) },
      Waiting(name: "accept") { Int(accept(listener, nil, nil)) },
      Waiting(name: "poll") {
        var one = pollfd(fd: pipe.reads, events: Int16(POLLIN), revents: 0)
        return Int(poll(&one, 1, -1))
      },
      Waiting(name: "poll of none") { Int(poll(nil, 0, -1)) },
      Waiting(name: "select") {
        var set = fd_set()
        withUnsafeMutableBytes(of: &set) {
          $0[Int(pipe.reads) / 8] |= 1 << UInt8(pipe.reads % 8)
        }
        return Int(select(pipe.reads + 1, &set, nil, nil, nil))
      },
      Waiting(name: "epoll_wait") { Int(probe_epoll_wait(pipe.reads)) },
      Waiting(name: "usleep") { Int(usleep(1_000_000_000)) },
      Waiting(name: "nanosleep") {
        var time = timespec(tv_sec: 1000, tv_nsec: 0)
        var rest = timespec()
        let result = nanosleep(&time, &rest)
        XCTAssertGreaterThan(rest.tv_sec, 990)
        return Int(result)
      },
      Waiting(name: "clock_nanosleep") {
        var time = timespec(tv_sec: 1000, tv_nsec: 0)
        errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nil)
        return -1
      },
      Waiting(name: "sleep") {
        XCTAssertGreaterThan(sleep(1000), 990)
        errno = ECANCELED
        return -1
      },
      Waiting(name: "waitpid") {
        let child = fork()
        if child == 0 {
          MonkeyPatch.original { _ = sleep(1000) }
          _exit(0)
        }
        return Self.givingUp(child) { waitpid(child, $0, 0) }
      },
      Waiting(name: "waitpid for any") {
        let child = fork()
        if child == 0 {
          MonkeyPatch.original { _ = sleep(1000) }
          _exit(0)
        }
        return Self.givingUp(child) { waitpid(-1, $0, 0) }
      },
    ]
  }

  /// Ends a child when `wait` has given up waiting for it.
  private static func givingUp(
    _ child: pid_t, _ wait: (UnsafeMutablePointer<Int32>) -> pid_t
  ) -> Int {
    var status: Int32 = 0
    let result = wait(&status)
    let error = errno
    kill(child, SIGKILL)
    MonkeyPatch.original { _ = waitpid(child, &status, 0) }
    errno = error
    return Int(result)
  }

  /// Runs each call in a green thread, ends it by `end` once it waits, and checks what it saw.
  private func check(
    _ end: (GreenThread<Void>) throws -> Void, throwing: (any Error) -> Bool
  ) throws {
    let pipe = makePipe()
    let (socket, other) = makeSocketPair()
    let (listener, _) = makeListener()
    let (full, unread) = makeSocketPair()
    while send(full, buffer, 8, Int32(MSG_DONTWAIT)) > 0 {}
    for waiting in calls(pipe, socket, full, listener) {
      var result = 0, error: Int32 = 0, second: Int32 = 0
      var thrown: (any Error)?
      let thread = spawn {
        result = waiting.call()
        error = errno
        // Whatever the library calls next fails too, and does not wait.
        var byte: UInt8 = 0
        if read(pipe.reads, &byte, 1) < 0 { second = errno }
        do { try MonkeyPatch.checkForInterruption() } catch {
          thrown = error
          throw error
        }
      }
      try GreenThread.yield()
      try end(thread)
      _ = try? thread.wait()
      XCTAssertEqual(result, -1, waiting.name)
      XCTAssertEqual(error, ECANCELED, waiting.name)
      XCTAssertEqual(second, ECANCELED, waiting.name)
      XCTAssertTrue(thrown.map(throwing) ?? false, "\(waiting.name): \(String(describing: thrown))")
    }
    for descriptor in [pipe.reads, pipe.writes, socket, other, full, unread, listener] {
      close(descriptor)
    }
  }

  func testAKillMakesEachCallFail() throws {
    try check({ try $0.kill() }, throwing: { $0 is GreenThreadExit })
  }

  /// It is thrown at the next wait, even if nobody asks.
  func testTheNextWaitThrows() throws {
    let pipe = makePipe()
    var isPast = false
    let thread = spawn {
      var byte: UInt8 = 0
      XCTAssertEqual(read(pipe.reads, &byte, 1), -1)
      try GreenThread.yield()
      isPast = true
    }
    try GreenThread.yield()
    try thread.kill()
    _ = try? thread.wait()
    XCTAssertFalse(isPast)
    close(pipe.reads)
    close(pipe.writes)
  }

  func testATimeoutEndsTheCallInsideIt() throws {
    let pipe = makePipe()
    var error: Int32 = 0
    XCTAssertThrowsError(
      try withTimeout(.milliseconds(10)) {
        var byte: UInt8 = 0
        if read(pipe.reads, &byte, 1) < 0 { error = errno }
        try MonkeyPatch.checkForInterruption()
      }
    ) { XCTAssertTrue($0 is Timeout) }
    XCTAssertEqual(error, ECANCELED)
    // And nothing is left of it.
    try GreenThread.yield()
    close(pipe.reads)
    close(pipe.writes)
  }

  /// The scope knows that its limit has made a call fail, though the body has returned.
  func testTheScopeOfATimeoutThrowsForItsCall() throws {
    let pipe = makePipe()
    var byte: UInt8 = 0
    XCTAssertThrowsError(try withTimeout(.milliseconds(10)) { read(pipe.reads, &byte, 1) }) {
      XCTAssertTrue($0 is Timeout)
    }
    let fallback = try withTimeout(.milliseconds(10), default: -7) { read(pipe.reads, &byte, 1) }
    XCTAssertEqual(fallback, -7)
    // And nothing is left of either.
    try GreenThread.yield()
    close(pipe.reads)
    close(pipe.writes)
  }

  /// What was written before the kill is not lost from the count.
  func testAPartThatWasWrittenIsTheResult() throws {
    let pipe = makePipe()
    var result = 0
    let bytes = [UInt8](repeating: 1, count: 1 << 20)
    let thread = spawn {
      result = write(pipe.writes, bytes, bytes.count)
      try MonkeyPatch.checkForInterruption()
    }
    try GreenThread.yield()
    try thread.kill()
    _ = try? thread.wait()
    XCTAssertEqual(result, 65536)
    close(pipe.reads)
    close(pipe.writes)
  }

  /// A library that tries again for ever does not keep its siblings from running.
  func testALibraryThatDoesNotGiveUpLetsOthersRun() throws {
    let pipe = makePipe()
    var tries = 0
    let thread = spawn {
      var byte: UInt8 = 0
      while read(pipe.reads, &byte, 1) < 0, tries < 1000 { tries += 1 }
    }
    try GreenThread.yield()
    try thread.kill()
    for _ in 0..<20 { try GreenThread.yield() }
    XCTAssertGreaterThan(tries, 5)
    XCTAssertLessThan(tries, 200)
    put("x", to: pipe.writes)
    _ = try? thread.wait()
    close(pipe.reads)
    close(pipe.writes)
  }

  /// Locks, barriers and threads are waited for to the end, and the siblings run.
  func testWhatCannotFailGoesOnThoughAKillIsDue() throws {
    let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    pthread_barrier_init(barrier, nil, 2)
    let pipe = makePipe()
    let victim = spawn {
      var byte: UInt8 = 0
      XCTAssertEqual(read(pipe.reads, &byte, 1), -1)
      // The kill is known by now.
      XCTAssertEqual(probe_join(pipe.reads), 7)
      pthread_barrier_wait(barrier)
      try GreenThread.yield()
      XCTFail("it went on")
    }
    try GreenThread.yield()
    try victim.kill()
    let sibling = spawn {
      self.put("x", to: pipe.writes)
      return pthread_barrier_wait(barrier)
    }
    _ = try sibling.wait()
    _ = try? victim.wait()
    pthread_barrier_destroy(barrier)
    barrier.deallocate()
    close(pipe.reads)
    close(pipe.writes)
  }

  func testNamesAreGivenUp() throws {
    try XCTSkipIf(Sanitizer.isActive, "its own getaddrinfo goes before one that is weak")
    var result: Int32 = 0, error: Int32 = 0
    // Unless the answer is there before the kill.
    repeat {
      let thread = spawn {
        var found: UnsafeMutablePointer<addrinfo>?
        result = getaddrinfo("localhost", "80", nil, &found)
        error = errno
        if result == 0 { freeaddrinfo(found) }
        try MonkeyPatch.checkForInterruption()
      }
      try GreenThread.yield()
      try thread.kill()
      XCTAssertThrowsError(try thread.wait())
    } while result == 0
    XCTAssertEqual(result, EAI_SYSTEM)
    XCTAssertEqual(error, ECANCELED)
  }

  func testACommandThatNobodyWaitsForGoesOn() throws {
    let pipe = makePipe()
    var result: Int32 = 0, error: Int32 = 0
    let thread = spawn {
      result = system("exec >/dev/fd/\(pipe.writes); echo begun; sleep 0.05; echo done")
      error = errno
      try MonkeyPatch.checkForInterruption()
    }
    XCTAssertEqual(take(from: pipe.reads), "begun\n")
    try thread.kill()
    _ = try? thread.wait()
    XCTAssertEqual(result, -1)
    XCTAssertEqual(error, ECANCELED)
    XCTAssertEqual(take(from: pipe.reads), "done\n")
    close(pipe.reads)
    close(pipe.writes)
  }
}
