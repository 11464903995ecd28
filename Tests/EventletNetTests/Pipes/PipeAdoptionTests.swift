import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class PipeAdoptionTests: NetTestCase {
  private func flags(_ descriptor: Int32) -> Int32 { fcntl(descriptor, F_GETFL) }

  private func blockingPipe() -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(Hidden.pipe2(&ends), 0)
    return (ends[0], ends[1])
  }

  // Eventlet: IO61
  func testAnAdoptedDescriptorIsTakenOver() throws {
    let ends = blockingPipe()
    let reader = try PipeReader(adopting: ends.reading)
    let writer = try PipeWriter(adopting: ends.writing)
    XCTAssertEqual(reader.fileDescriptor, ends.reading)
    XCTAssertNotEqual(flags(ends.reading) & O_NONBLOCK, 0)
    try writer.sendAll("x")
    XCTAssertEqual(try reader.receive(upTo: 5), Array("x".utf8))
    reader.close()
    writer.close()
    XCTAssertEqual(flags(ends.reading), -1)
  }

  func testFilesAreNotPipes() throws {
    let file = TemporaryFile("text")
    let descriptor = open(file.path, O_RDWR)
    defer { close(descriptor) }
    assertThrows(HubError.self) {
      _ = try PipeReader(adopting: descriptor)
    } check: {
      XCTAssertTrue("\($0)".contains("GreenFile"))
    }
    assertThrows(HubError.self) { _ = try PipeWriter(adopting: descriptor) }
    assertThrows(SystemError.self) { _ = try PipeReader(adopting: 1_000_000) }
  }

  func testAFIFOThatNobodyHasOpenedForWritingYetIsNotAtItsEnd() throws {
    let file = TemporaryFile()
    XCTAssertEqual(mkfifo(file.path, 0o600), 0)
    let reader = try PipeReader(adopting: open(file.path, O_RDONLY | O_NONBLOCK))
    let line = spawn { try reader.reader.readLine() }
    try GreenThread.yield()
    XCTAssertFalse(line.isFinished)
    let writer = try PipeWriter(adopting: open(file.path, O_WRONLY))
    try writer.sendAll("through a FIFO\n")
    XCTAssertEqual(try line.wait(), "through a FIFO")
    writer.close()
    XCTAssertNil(try reader.reader.readLine())
  }

  func testATerminal() throws {
    let (master, slave) = Hidden.openTerminal()
    let reader = try PipeReader(adopting: master)
    let writer = try PipeWriter(adopting: slave)
    let line = spawn { try reader.reader.readLine() }
    try GreenThread.yield()
    XCTAssertFalse(line.isFinished)
    try writer.sendAll("typed\n")
    XCTAssertEqual(try line.wait(), "typed")
    writer.close()
    // EIO to Linux.
    XCTAssertNil(try reader.reader.readLine())
  }

  /// Whatever a standard stream is, its flags stay, and its descriptor stays open.
  func testStandardStreamsLeaveTheirDescriptorAsItIs() throws {
    let ends = blockingPipe()
    let input = try StandardStream.input(of: ends.reading)
    let output = try StandardStream.output(of: ends.writing)
    XCTAssertEqual(flags(ends.reading) & O_NONBLOCK, 0)
    XCTAssertEqual(flags(ends.writing) & O_NONBLOCK, 0)
    let line = spawn { try BufferedReader(input).readLine() }
    try GreenThread.yield()
    XCTAssertFalse(line.isFinished)
    let data = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000) + [UInt8(ascii: "\n")]
    let sending = spawn { try output.sendAll(data) }
    assertThrows(LineTooLong.self) { _ = try line.wait() }
    var rest = 0
    let source = BufferedReader(input, maxLineLength: 1 << 20)
    while !sending.isFinished { rest += try source.read(upTo: 1 << 20).count }
    XCTAssertGreaterThan(rest, 100_000)
    input.close()
    output.close()
    XCTAssertEqual(flags(ends.reading) & O_NONBLOCK, 0)
    close(ends.reading)
    close(ends.writing)
  }

  func testATerminalAsStandardStream() throws {
    let (master, slave) = Hidden.openTerminal()
    let input = try StandardStream.input(of: slave)
    let output = try StandardStream.output(of: slave)
    let screen = try PipeReader(adopting: master)
    let line = spawn { try BufferedReader(input).readLine() }
    try GreenThread.yield()
    try output.sendAll("prompt\n")
    XCTAssertEqual(try screen.reader.readLine(), "prompt")
    XCTAssertEqual(flags(slave) & O_NONBLOCK, 0)
    _ = write(master, "typed\n", 6)
    XCTAssertEqual(try line.wait(), "typed")
    input.close()
    output.close()
    close(slave)
  }

  /// A socket cannot be opened once more.
  func testASocketAsStandardStream() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends), 0)
    let input = try StandardStream.input(of: ends[0])
    let output = try StandardStream.output(of: ends[1])
    XCTAssertEqual(flags(ends[0]) & O_NONBLOCK, 0)
    let data = [UInt8](repeating: 1, count: 2_000_000)
    let sending = spawn {
      try output.sendAll(data)
      output.close()
      shutdown(ends[1], Int32(SHUT_WR))
    }
    let received = try BufferedReader(input, chunkSize: 65536).readAll()
    XCTAssertEqual(received.count, data.count)
    try sending.wait()
    input.close()
    close(ends[0])
    close(ends[1])
  }

  func testAFileAsStandardStream() throws {
    let file = TemporaryFile("one\ntwo\n")
    let source = open(file.path, O_RDONLY | O_CLOEXEC)
    let input = try StandardStream.input(of: source)
    let lines = BufferedReader(input)
    XCTAssertEqual(try lines.readLine(), "one")
    XCTAssertEqual(try lines.readLine(), "two")
    XCTAssertNil(try lines.readLine())
    input.close()
    close(source)

    // Each writes behind the other, as in (program; echo) > file.
    let target = open(file.path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    let output = try StandardStream.output(of: target)
    try output.sendAll("ours\n")
    _ = write(target, "theirs\n", 7)
    try output.sendAll("ours again\n")
    output.close()
    close(target)
    // It is closed on the pool.
    while !Hub.current.greenThreads.isEmpty { try GreenThread.sleep(for: .milliseconds(1)) }
    XCTAssertEqual(file.content, "ours\ntheirs\nours again\n")
  }

  func testNullAsStandardStream() throws {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let input = try StandardStream.input(of: null)
    XCTAssertEqual(try input.receive(upTo: 10), [])
    let output = try StandardStream.output(of: null)
    try output.sendAll([UInt8](repeating: 0, count: 1_000_000))
    input.close()
    output.close()
  }

  // MARK: Descriptors of somebody else

  private func closeForeign(_ descriptor: Int32) {
    Hub.current.notifyClose(descriptor)
    close(descriptor)
  }

  // Eventlet: GM12
  func testForeignDescriptorsInBlockingMode() throws {
    let ends = blockingPipe()
    let (reading, writing) = (ForeignDescriptor(ends.reading), ForeignDescriptor(ends.writing))
    let bytes = spawn { try reading.read(upTo: 100) }
    try GreenThread.yield()
    XCTAssertFalse(bytes.isFinished)
    XCTAssertEqual(try writing.write(Array("data".utf8)), 4)
    XCTAssertEqual(try bytes.wait(), Array("data".utf8))

    let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let sending = spawn {
      try writing.writeAll(data)
      self.closeForeign(ends.writing)
    }
    var received: [UInt8] = []
    while case let more = try reading.read(upTo: 1 << 20), !more.isEmpty { received += more }
    try sending.wait()
    XCTAssertTrue(received == data)
    XCTAssertEqual(flags(ends.reading) & O_NONBLOCK, 0)
    closeForeign(ends.reading)
  }

  // Eventlet: GM12
  func testForeignFilesGoToThePool() throws {
    let file = TemporaryFile("content")
    let descriptor = open(file.path, O_RDWR | O_CLOEXEC)
    defer { close(descriptor) }
    let foreign = ForeignDescriptor(descriptor)
    XCTAssertEqual(try foreign.read(upTo: 3), Array("con".utf8))
    XCTAssertEqual(try foreign.write(Array("T".utf8)), 1)
    XCTAssertEqual(try foreign.read(upTo: 100), Array("ent".utf8))
    XCTAssertEqual(try foreign.read(upTo: 100), [])
    XCTAssertEqual(file.content, "conTent")
  }

  // Eventlet: GM13
  func testWhatForeignDescriptorsCannotDo() throws {
    let ends = blockingPipe()
    let writing = ForeignDescriptor(ends.writing)
    assertThrows(IOTimeout.self) {
      _ = try ForeignDescriptor(ends.reading).read(upTo: 1, timeout: .seconds(1))
    }
    assertThrows(IOTimeout.self) {
      try writing.writeAll([UInt8](repeating: 0, count: 100_000), timeout: .seconds(1))
    }
    let waiting = spawn { try writing.write([1]) }
    try GreenThread.yield()
    closeForeign(ends.reading)
    assertThrows(SystemError.self) {
      _ = try waiting.wait()
    } check: {
      XCTAssertEqual($0.errno, EPIPE)
    }
    closeForeign(ends.writing)
    assertThrows(SystemError.self) {
      _ = try writing.write([1])
    } check: {
      XCTAssertEqual($0.errno, EBADF)
    }
  }
}
