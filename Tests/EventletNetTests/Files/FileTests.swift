import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class FileTests: NetTestCase {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  // Eventlet: GM29
  func testReadingAll() throws {
    let file = TemporaryFile("whole content")
    let opened = try GreenFile.open(file.path)
    XCTAssertEqual(text(try opened.readAll()), "whole content")
    XCTAssertEqual(try opened.readAll(), [])
    opened.close()
    XCTAssertEqual(text(try GreenFile.read(file.path)), "whole content")
    // Says that it is empty.
    XCTAssertTrue(text(try GreenFile.read("/proc/self/status")).hasPrefix("Name:"))
  }

  // Eventlet: IO58
  func testSeekTellTruncate() throws {
    let file = TemporaryFile("0123456789")
    let opened = try GreenFile.open(file.path, .update)
    try opened.seek(to: 4)
    XCTAssertEqual(opened.position, 4)
    XCTAssertEqual(text(try opened.receive(upTo: 3)), "456")
    XCTAssertEqual(opened.position, 7)
    try opened.seek(by: -5)
    XCTAssertEqual(opened.position, 2)
    XCTAssertEqual(try opened.seekToEnd(-3), 7)
    XCTAssertEqual(text(try opened.readAll()), "789")
    try opened.truncate(to: 5)
    XCTAssertEqual(file.content, "01234")
    XCTAssertEqual(opened.position, 10)
    try opened.seek(to: 2)
    try opened.truncate()
    XCTAssertEqual(try opened.size(), 2)
    try opened.truncate(to: 4)
    XCTAssertEqual(try opened.readAll(), [0, 0])
    assertThrows(SystemError.self) {
      try opened.seek(to: -1)
    } check: {
      XCTAssertEqual($0, SystemError(call: "seek", errno: EINVAL, subject: file.path))
    }
    assertThrows(SystemError.self) { try opened.truncate(to: -1) }
    try opened.sync()
    try opened.sync(dataOnly: true)
    try opened.closeReportingErrors()
  }

  // Eventlet: IO58
  func testAFileDoesNotBlockTheHub() throws {
    // The one file that does wait: this process starves the pool instead.
    let pool = ThreadPool.shared
    let size = pool.size
    pool.size = 1
    defer { pool.size = size }
    let file = TemporaryFile("late")
    let gate = OSGate()
    let blocker = spawn { try ThreadPool.execute { gate.pass() } }
    try GreenThread.yield()
    let reading = spawn { try GreenFile.read(file.path) }
    for _ in 0..<10 { try GreenThread.yield() }
    XCTAssertFalse(reading.isFinished)
    gate.open()
    XCTAssertEqual(text(try reading.wait()), "late")
    try blocker.wait()
  }

  // Eventlet: IO59
  func testModes() throws {
    let file = TemporaryFile("before")
    func write(_ mode: GreenFile.Mode, _ text: String) throws {
      try GreenFile.withOpen(file.path, mode) { try $0.sendAll(text) }
    }
    try write(.write, "w")
    XCTAssertEqual(file.content, "w")
    try write(.append, "a")
    XCTAssertEqual(file.content, "wa")
    try write(.update, "R")
    XCTAssertEqual(file.content, "Ra")
    try write(.rewrite, "new")
    XCTAssertEqual(file.content, "new")
    try GreenFile.withOpen(file.path, .appendAndRead) { opened in
      XCTAssertEqual(text(try opened.readAll()), "new")
      try opened.seek(to: 0)
      try opened.sendAll("er")
      XCTAssertEqual(opened.position, 5)
      try opened.seek(to: 1)
      XCTAssertEqual(text(try opened.readAll()), "ewer")
    }
    XCTAssertEqual(GreenFile.Mode(rawValue: "r+"), .update)
    XCTAssertEqual(GreenFile.Mode.allCases.count, 8)
  }

  // Eventlet: IO59
  func testModesThatDoNotFit() throws {
    let file = TemporaryFile("there")
    for mode in [GreenFile.Mode.create, .createAndRead] {
      assertThrows(SystemError.self) {
        _ = try GreenFile.open(file.path, mode)
      } check: {
        XCTAssertEqual($0, SystemError(call: "open", errno: EEXIST, subject: file.path))
      }
    }
    let missing = TemporaryFile()
    for mode in [GreenFile.Mode.read, .update] {
      assertThrows(SystemError.self) {
        _ = try GreenFile.open(missing.path, mode)
      } check: {
        XCTAssertEqual($0.errno, ENOENT)
      }
    }
    try GreenFile.withOpen(missing.path, .create, permissions: 0o600) { try $0.sendAll("mine") }
    var status = stat()
    stat(missing.path, &status)
    XCTAssertEqual(status.st_mode & 0o777, 0o600)
    try GreenFile.withOpen(file.path) { opened in
      assertThrows(SystemError.self) {
        try opened.sendAll("x")
      } check: {
        XCTAssertEqual($0.errno, EBADF)
      }
    }
    try GreenFile.withOpen(file.path, .append) { opened in
      XCTAssertEqual(opened.position, 5)
      assertThrows(SystemError.self) { _ = try opened.readAll() }
    }
  }

  func testWhatIsNoFile() throws {
    assertThrows(SystemError.self) {
      _ = try GreenFile.open("/tmp")
    } check: {
      XCTAssertEqual($0.errno, EISDIR)
    }
    let fifo = TemporaryFile()
    XCTAssertEqual(mkfifo(fifo.path, 0o600), 0)
    assertThrows(HubError.self) {
      _ = try GreenFile.open(fifo.path)
    } check: {
      XCTAssertTrue("\($0)".contains("PipeReader"))
    }
    let (reader, _) = try GreenPipe.make()
    assertThrows(HubError.self) { _ = try GreenFile(adopting: reader.fileDescriptor) }
    assertThrows(SystemError.self) { _ = try GreenFile(adopting: 1_000_000) }
    XCTAssertEqual(
      try GreenFile.withOpen("/dev/zero") { try $0.receive(upTo: 3) }, [0, 0, 0])
  }

  // Eventlet: IO60
  func testAScopeCloses() throws {
    let file = TemporaryFile("text")
    var kept: GreenFile?
    struct Failure: Error {}
    XCTAssertThrowsError(
      try GreenFile.withOpen(file.path) { opened in
        kept = opened
        throw Failure()
      })
    let closed = try XCTUnwrap(kept)
    XCTAssertTrue(closed.isClosed)
    for call in [
      { _ = try closed.receive(upTo: 1) }, { _ = try closed.readAll() },
      { try closed.sendAll("x") },
      { try closed.seek(to: 0) }, { _ = try closed.size() }, { _ = try closed.reader.readLine() },
    ] {
      assertThrows(SystemError.self, call) { XCTAssertEqual($0.errno, EBADF) }
    }
    closed.close()
    try closed.closeReportingErrors()
  }

  // Eventlet: GM15
  func testOpeningTellsTheHubOfTheNumber() throws {
    let file = TemporaryFile("text")
    // The lowest number that is free; once in a while another OS thread is faster.
    for _ in 0..<10 {
      let (reader, writer) = try GreenPipe.make()
      let waiting = spawn { try reader.receive(upTo: 1) }
      try GreenThread.yield()
      let number = reader.fileDescriptor
      close(number)
      let opened = try GreenFile.open(file.path)
      defer {
        opened.close()
        writer.close()
      }
      guard opened.fileDescriptor == number else {
        // So that it is not closed here.
        Hub.current.notifyOpened(number)
        XCTAssertThrowsError(try waiting.wait())
        continue
      }
      // By then poll(2) may have found the number closed; or the file, opened and not announced yet.
      var failure: (any Error)?
      do { _ = try waiting.wait() } catch { failure = error }
      reader.close()
      if failure == nil, Hub.current.pollerName == "poll" { continue }
      XCTAssertNotNil(failure)
      XCTAssertEqual(text(try opened.readAll()), "text")
      return
    }
    XCTFail("never the same number")
  }

  func testLinesByTheReaderOfStreams() throws {
    let file = TemporaryFile("one\ntwo\nthree")
    let opened = try GreenFile.open(file.path, .update)
    XCTAssertEqual(try opened.reader.readLine(), "one")
    // What was read ahead does not count.
    XCTAssertEqual(opened.position, 4)
    XCTAssertEqual(text(try opened.readAll()), "two\nthree")
    try opened.seek(to: 4)
    XCTAssertEqual(try opened.reader.readLine(), "two")
    try opened.sendAll("THREE")
    XCTAssertEqual(file.content, "one\ntwo\nTHREE")
    XCTAssertNil(try opened.reader.readLine())
    // The file grows, and who looks again sees it.
    try GreenFile.withOpen(file.path, .append) { try $0.sendAll("\nfour\n") }
    XCTAssertNil(try opened.reader.readLine())
    try opened.seek(to: opened.position)
    XCTAssertEqual(try opened.reader.readLine(), "")
    XCTAssertEqual(try opened.reader.readLine(), "four")
    try opened.closeReportingErrors()
  }

  func testPlacesOfOnesOwn() throws {
    let file = TemporaryFile("0123456789")
    try GreenFile.withOpen(file.path, .update) { opened in
      XCTAssertEqual(text(try opened.read(upTo: 3, at: 5)), "567")
      XCTAssertEqual(text(try opened.read(upTo: 100, at: 8)), "89")
      XCTAssertEqual(try opened.read(upTo: 100, at: 100), [])
      try opened.write(Array("ab".utf8), at: 1)
      XCTAssertEqual(opened.position, 0)
      XCTAssertEqual(text(try opened.readAll()), "0ab3456789")
      assertThrows(SystemError.self) { _ = try opened.read(upTo: 1, at: -1) }
    }
  }

  func testALargeFile() throws {
    let file = TemporaryFile()
    let data = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try GreenFile.write(data, to: file.path)
    XCTAssertTrue(try GreenFile.read(file.path) == data)
    try GreenFile.withOpen(file.path) { opened in
      XCTAssertTrue(try opened.reader.readAll() == data)
    }
  }

  func testReplacingAFile() throws {
    let file = TemporaryFile("old")
    chmod(file.path, 0o640)
    let reading = try GreenFile.open(file.path)
    try GreenFile.write(Array("new".utf8), to: file.path, atomically: true)
    XCTAssertEqual(file.content, "new")
    XCTAssertEqual(text(try reading.readAll()), "old")
    reading.close()
    var status = stat()
    stat(file.path, &status)
    XCTAssertEqual(status.st_mode & 0o777, 0o640)
    assertThrows(SystemError.self) {
      try GreenFile.write([1], to: "/nowhere/at/all", atomically: true)
    }
    // It cannot take the place of a directory, and leaves nothing behind.
    let directory = TemporaryFile()
    mkdir(directory.path, 0o700)
    defer { rmdir(directory.path) }
    let target = directory.path + "/inner"
    mkdir(target, 0o700)
    assertThrows(SystemError.self) { try GreenFile.write([1], to: target, atomically: true) }
    XCTAssertEqual(rmdir(target), 0)
    XCTAssertEqual(rmdir(directory.path), 0)
  }

  func testOperationsInTheOrderOfTheirCalls() throws {
    let file = TemporaryFile("")
    let opened = try GreenFile.open(file.path, .write)
    let writers = (0..<50).map { number in spawn { try opened.sendAll("\(number) ") } }
    for writer in writers { try writer.wait() }
    XCTAssertEqual(file.content, (0..<50).map { "\($0) " }.joined())
    try opened.closeReportingErrors()
  }

  // MARK: The kernel's own place

  // Eventlet: IO58
  /// Of an open file that others have too.
  func testAnAdoptedFileHasOnePlace() throws {
    let file = TemporaryFile("0123456789")
    let number = open(file.path, O_RDWR | O_CLOEXEC)
    let shared = dup(number)
    defer { close(shared) }
    func sharedPlace() -> Int { Int(lseek(shared, 0, SEEK_CUR)) }
    let opened = try GreenFile(adopting: number)
    XCTAssertEqual(text(try opened.receive(upTo: 2)), "01")
    XCTAssertEqual(sharedPlace(), 2)
    // Behind what was read.
    try opened.sendAll("ab")
    XCTAssertEqual([opened.position, sharedPlace()], [4, 4])
    try opened.seek(to: 8)
    try opened.sendAll("c")
    XCTAssertEqual([opened.position, sharedPlace()], [9, 9])
    // Somebody else goes on, and is gone on behind.
    XCTAssertEqual(write(shared, "d", 1), 1)
    try opened.sendAll("e")
    XCTAssertEqual([opened.position, sharedPlace()], [11, 11])
    try opened.seek(to: 1)
    XCTAssertEqual(text(try opened.readAll()), "1ab4567cde")
    XCTAssertEqual([opened.position, sharedPlace()], [11, 11])
    // What a reader has read ahead is not where writing goes.
    try GreenFile.write(Array("one\ntwo\n".utf8), to: file.path)
    try opened.seek(to: 0)
    XCTAssertEqual(try opened.reader.readLine(), "one")
    XCTAssertEqual(opened.position, 4)
    try opened.sendAll("TWO")
    XCTAssertEqual(file.content, "one\nTWO\n")
    XCTAssertEqual(opened.position, 7)
    try opened.closeReportingErrors()
  }

  func testStandardInputMovesItsPlace() throws {
    let file = TemporaryFile("one\ntwo\n")
    let number = open(file.path, O_RDONLY | O_CLOEXEC)
    defer { close(number) }
    let input = try StandardStream.input(of: number)
    XCTAssertEqual(text(try input.receive(upTo: 4)), "one\n")
    XCTAssertEqual(lseek(number, 0, SEEK_CUR), 4)
  }

  // MARK: Operations and moves

  func testTruncatingAtThePlaceOfItsTurn() throws {
    let file = TemporaryFile("")
    let opened = try GreenFile.open(file.path, .update)
    try withSharedPoolTaken { _ in
      spawn { try opened.sendAll("written") }
      spawn { try opened.truncate() }
      try GreenThread.yield()
    }
    XCTAssertEqual(try opened.size(), 7)
    XCTAssertEqual(file.content, "written")
    try opened.closeReportingErrors()
  }

  func testAMoveDuringAnOperationHolds() throws {
    let file = TemporaryFile("0123456789")
    let adopted = try GreenFile(adopting: open(file.path, O_RDWR | O_CLOEXEC))
    for opened in [try GreenFile.open(file.path, .update), adopted] {
      var read: [UInt8] = []
      try withSharedPoolTaken { _ in
        spawn { read = try opened.receive(upTo: 2) }
        try GreenThread.yield()
        try opened.seek(to: 5)
      }
      _ = try opened.size()
      XCTAssertEqual(text(read), "56")
      XCTAssertEqual(opened.position, 7)
      try withSharedPoolTaken { _ in
        spawn { try opened.sendAll("7") }
        try GreenThread.yield()
        try opened.seek(to: 3)
      }
      _ = try opened.size()
      XCTAssertEqual(opened.position, 3)
      XCTAssertEqual(text(try opened.readAll()), "3456789")
      try opened.closeReportingErrors()
    }
  }

  func testAWriteElsewhereDropsWhatWasReadAhead() throws {
    let file = TemporaryFile("one\ntwo\n")
    let opened = try GreenFile.open(file.path, .update)
    XCTAssertEqual(try opened.reader.readLine(), "one")
    try opened.write(Array("TWO".utf8), at: 4)
    XCTAssertEqual(opened.position, 4)
    XCTAssertEqual(try opened.reader.readLine(), "TWO")
    try opened.closeReportingErrors()
  }

  func testAskingForMoreThanThereIsMemory() throws {
    let file = TemporaryFile("0123456789")
    let opened = try GreenFile.open(file.path)
    XCTAssertEqual(text(try opened.receive(upTo: .max)), "0123456789")
    XCTAssertEqual(text(try opened.read(upTo: .max, at: 7)), "789")
    let (reader, writer) = try GreenPipe.make()
    try writer.sendAll("abc")
    XCTAssertEqual(text(try reader.receive(upTo: .max)), "abc")
    try writer.sendAll("def")
    XCTAssertEqual(text(try ForeignDescriptor(reader.fileDescriptor).read(upTo: .max)), "def")
  }
}
