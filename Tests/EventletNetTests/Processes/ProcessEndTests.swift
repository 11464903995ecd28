import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// How children end, and who waits for that.
final class ProcessEndTests: ProcessTestCase {
  // Eventlet: GM16
  func testExitStatus() throws {
    try withAndWithoutDescriptor { configuration in
      for code: Int32 in [0, 1, 255] {
        let process = try GreenProcess("sh", shell("exit \(code)"), configuration)
        XCTAssertEqual(try process.wait(), .exited(code))
        XCTAssertEqual(process.status, .exited(code))
        XCTAssertEqual(process.status?.isSuccess, code == 0)
        XCTAssertFalse(exists(process.processIdentifier))
      }
      let killed = try GreenProcess("sh", shell("kill -TERM $$"), configuration)
      XCTAssertEqual(try killed.wait(), .signalled(.terminate, coreDumped: false))
      XCTAssertEqual("\(try killed.wait())", "ended by SIGTERM")
    }
  }

  // Eventlet: GM14
  func testEveryoneWhoWaitsGetsTheStatus() throws {
    try withAndWithoutDescriptor { configuration in
      var configuration = configuration
      configuration.standardInput = .pipe
      let process = try GreenProcess("cat", [], configuration)
      let waiters = (0..<3).map { _ in spawn { try process.wait() } }
      let first = spawn {
        try waitForFirst(of: process.waitCase { "\($0)" }, .timeout(.seconds(20)) { "late" })
      }
      try GreenThread.yield()
      XCTAssertNil(process.status)
      process.standardInput?.close()
      for waiter in waiters { XCTAssertEqual(try waiter.wait(), .exited(0)) }
      XCTAssertEqual(try first.wait(), "exited with 0")
    }
  }

  // Eventlet: GM16
  func testAWaitThatTimesOutCarriesTheCommand() throws {
    try withAndWithoutDescriptor { configuration in
      let process = try GreenProcess("sleep", ["30"], configuration)
      assertThrows(ProcessTimeout.self) {
        try process.wait(timeout: .milliseconds(20))
      } check: {
        XCTAssertEqual($0.command, ["sleep", "30"])
        XCTAssertEqual($0.timeout, .milliseconds(20))
        XCTAssertTrue("\($0)".contains("sleep 30"))
      }
      XCTAssertTrue(try process.kill(.kill))
      XCTAssertEqual(try process.wait(), .signalled(.kill, coreDumped: false))
      XCTAssertFalse(try process.kill(.kill))
    }
  }

  // Eventlet: GM14
  func testWaitsAreIdle() throws {
    try withAndWithoutDescriptor { configuration in
      let process = try GreenProcess("sleep", ["30"], configuration)
      assertWaitsIdly("wait") { _ = try? process.wait(timeout: .milliseconds(250)) }
      try process.end(within: .zero)
    }
    var piped = GreenProcess.Configuration(standardInput: .pipe, standardOutput: .pipe)
    piped.standardError = .standardOutput
    let process = try GreenProcess("sleep", ["30"], piped)
    let input = [UInt8](repeating: 0, count: 200_000)
    assertWaitsIdly("communicate") {
      _ = try? process.communicate(input: input, timeout: .milliseconds(250))
    }
    try process.end(within: .zero)
  }

  // Eventlet: GM14
  func testNobodyWaitsAndThereIsNoZombie() throws {
    try withAndWithoutDescriptor { configuration in
      var process: GreenProcess? = try GreenProcess("true", [], configuration)
      let number = try XCTUnwrap(process?.processIdentifier)
      process = nil
      try eventually("reaped") { !exists(number) }
      // The one that has reaped it has something to finish.
      try eventually("no green thread") { Hub.current.greenThreads.isEmpty }
    }
  }

  // Eventlet: GM19
  func testReapedElsewhere() throws {
    try withAndWithoutDescriptor { configuration in
      var configuration = configuration
      configuration.standardInput = .pipe
      let process = try GreenProcess("cat", [], configuration)
      process.standardInput?.close()
      // Blocks the hub, which cannot come first so.
      if !configuration.avoidsProcessDescriptor {
        XCTAssertEqual(waitpid(process.processIdentifier, nil, 0), process.processIdentifier)
        XCTAssertEqual(try process.wait(), .unknown)
        XCTAssertTrue("\(try process.wait())".contains("somebody else"))
      } else {
        XCTAssertEqual(try process.wait(), .exited(0))
      }
    }
  }

  func testEndingInTwoSteps() throws {
    let polite = try GreenProcess("sleep", ["30"])
    XCTAssertEqual(try polite.end(within: .seconds(20)), .signalled(.terminate, coreDumped: false))
    let (reader, writer) = try GreenPipe.make()
    let stubborn = try GreenProcess(
      "sh", shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"),
      .init(standardOutput: .descriptor(writer.fileDescriptor)))
    XCTAssertEqual(try reader.reader.readLine(), "ready")
    XCTAssertEqual(
      try stubborn.end(within: .milliseconds(50)), .signalled(.kill, coreDumped: false))
    XCTAssertEqual(try stubborn.end(within: .zero), .signalled(.kill, coreDumped: false))
  }

  // Eventlet: GM14
  func testAdoptingAChild() throws {
    var number: pid_t = 0
    let texts: [String] = ["sh", "-c", "exit 7"]
    let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    defer { for word in words { free(word) } }
    XCTAssertEqual(posix_spawn(&number, "/bin/sh", nil, nil, words + [nil], environ), 0)
    let process = try GreenProcess(adopting: number)
    XCTAssertEqual(try process.wait(), .exited(7))
    XCTAssertEqual(process.command, [])
    assertThrows(SystemError.self) { _ = try GreenProcess(adopting: 0x3FFF_FFFF) }
  }

  func testAKilledWaiterLeavesTheProcessAlone() throws {
    try withAndWithoutDescriptor { configuration in
      let process = try GreenProcess("sleep", ["30"], configuration)
      let waiter = spawn { try process.wait() }
      try GreenThread.yield()
      try waiter.kill()
      XCTAssertNil(process.status)
      XCTAssertTrue(exists(process.processIdentifier))
      try process.end(within: .zero)
    }
  }
}
