import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class ProcessTests: ProcessTestCase {
  // MARK: Ends

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

  // MARK: Streams

  // Eventlet: GM19
  func testPipes() throws {
    let process = try GreenProcess(
      "cat", [], .init(standardInput: .pipe, standardOutput: .pipe))
    let input = try XCTUnwrap(process.standardInput)
    let output = try XCTUnwrap(process.standardOutput)
    XCTAssertNil(process.standardError)
    for line in ["one", "two"] {
      try input.sendAll(line + "\n")
      XCTAssertEqual(try output.reader.readLine(), line)
    }
    input.close()
    XCTAssertNil(try output.reader.readLine())
    XCTAssertEqual(try process.wait(), .exited(0))
  }

  // Eventlet: GM17
  func testCommunicateWithMuchInBothDirections() throws {
    let data = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let process = try GreenProcess(
      "sh", shell("tee /dev/stderr"),
      .init(standardInput: .pipe, standardOutput: .pipe, standardError: .pipe))
    let outcome = try process.communicate(input: data)
    XCTAssertEqual(outcome.status, .exited(0))
    XCTAssertTrue(outcome.output == data)
    XCTAssertTrue(outcome.error == data)
  }

  // Eventlet: GM17
  func testInputThatNobodyReadsIsNoError() throws {
    let outcome = try GreenProcess.run(
      "sh", shell("exec <&-; echo done"), input: [UInt8](repeating: 0, count: 300_000))
    XCTAssertEqual(outcome.outputText, "done\n")
    XCTAssertEqual(outcome.status, .exited(0))
  }

  // Eventlet: GM17
  func testACommunicationThatIsInterruptedGoesOn() throws {
    let file = TemporaryFile()
    let data = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for means in ["own", "scope", "kill"] {
      let process = try GreenProcess(
        "sh", shell("head -c 1000; while ! [ -e \(file.path) ]; do sleep 0.01; done; cat"),
        .init(standardInput: .pipe, standardOutput: .pipe))
      let victim = spawn {
        switch means {
        case "own": try process.communicate(input: data, timeout: .seconds(2))
        case "scope":
          try withTimeout(.milliseconds(100)) { try process.communicate(input: data) }
        default: try process.communicate(input: data)
        }
      }
      if means == "kill" {
        try GreenThread.sleep(for: .milliseconds(100))
        try victim.kill()
      }
      XCTAssertThrowsError(try victim.wait()) { error in
        if means == "own" {
          XCTAssertEqual((error as? ProcessTimeout)?.output.count, 1000, "\(error)")
        }
      }
      close(open(file.path, O_CREAT | O_WRONLY, 0o600))
      let outcome = try process.communicate()
      XCTAssertTrue(outcome.output == data, means)
      XCTAssertEqual(outcome.status, .exited(0))
      unlink(file.path)
    }
  }

  func testLimitsOfOutput() throws {
    assertThrows(StreamTooLong.self) {
      _ = try GreenProcess.run("sh", shell("yes"), outputLimit: 100_000)
    } check: {
      XCTAssertEqual($0.limit, 100_000)
    }
    let outcome = try GreenProcess.run("printf", ["12345"], outputLimit: 5)
    XCTAssertEqual(outcome.outputText, "12345")
  }

  func testFilesNullAndDescriptors() throws {
    let (source, target) = (TemporaryFile("b\na\n"), TemporaryFile())
    let sort = try GreenProcess(
      "sort", [], .init(standardInput: .file(source.path), standardOutput: .file(target.path)))
    XCTAssertEqual(try sort.wait(), .exited(0))
    XCTAssertEqual(target.content, "a\nb\n")
    let more = try GreenProcess(
      "echo", ["c"], .init(standardOutput: .file(target.path, appending: true)))
    XCTAssertEqual(try more.wait(), .exited(0))
    XCTAssertEqual(target.content, "a\nb\nc\n")
    // An open file keeps its place and its mode.
    try GreenFile.withOpen(target.path, .append) { file in
      let last = try GreenProcess(
        "echo", ["d"], .init(standardOutput: .descriptor(file.fileDescriptor)))
      XCTAssertEqual(try last.wait(), .exited(0))
    }
    XCTAssertEqual(target.content, "a\nb\nc\nd\n")
    let silent = try GreenProcess(
      "sh", shell("cat; echo out; echo err >&2"),
      .init(standardInput: .null, standardOutput: .null, standardError: .null))
    XCTAssertEqual(try silent.wait(), .exited(0))
    assertThrows(SystemError.self) {
      _ = try GreenProcess("cat", [], .init(standardInput: .file("/nowhere/at/all")))
    } check: {
      XCTAssertEqual($0.subject, "/nowhere/at/all")
    }
    assertThrows(SystemError.self) {
      _ = try GreenProcess("cat", [], .init(standardInput: .descriptor(1_000_000)))
    }
  }

  func testErrorsIntoTheOutput() throws {
    let process = try GreenProcess(
      "sh", shell("echo one; echo two >&2; echo three"),
      .init(standardOutput: .pipe, standardError: .standardOutput))
    let outcome = try process.communicate()
    XCTAssertEqual(outcome.outputText, "one\ntwo\nthree\n")
    XCTAssertEqual(outcome.error, [])
  }

  /// Two programs, one behind the other, and none of them blocks the hub.
  func testAPipeline() throws {
    let (reader, writer) = try GreenPipe.make()
    let last = try GreenProcess(
      "sh", shell("echo ready >&2; exec tail -n 1"),
      .init(
        standardInput: .descriptor(reader.fileDescriptor), standardOutput: .pipe,
        standardError: .pipe))
    reader.close()
    // It reads before there is anything.
    XCTAssertEqual(try last.standardError?.reader.readLine(), "ready")
    try GreenThread.sleep(for: .milliseconds(20))
    // More than the pipe holds.
    let first = try GreenProcess(
      "seq", ["100000"], .init(standardOutput: .descriptor(writer.fileDescriptor)))
    XCTAssertNotEqual(fcntl(writer.fileDescriptor, F_GETFL) & O_NONBLOCK, 0)
    writer.close()
    XCTAssertEqual(try last.communicate().outputText, "100000\n")
    XCTAssertEqual(try last.wait(), .exited(0))
    XCTAssertEqual(try first.wait(), .exited(0))
  }

  // MARK: Convenience

  // Eventlet: GM17
  func testRun() throws {
    let outcome = try GreenProcess.run(
      "sh", shell("cat; echo err >&2; exit 3"), input: Array("in".utf8))
    XCTAssertEqual(outcome.outputText, "in")
    XCTAssertEqual(outcome.errorText, "err\n")
    XCTAssertEqual(outcome.status, .exited(3))
  }

  // Eventlet: GM17
  func testCheckOutput() throws {
    XCTAssertEqual(text(try GreenProcess.checkOutput("echo", ["hello"])), "hello\n")
    assertThrows(ProcessFailure.self) {
      try GreenProcess.checkOutput("sh", shell("echo out; echo 'no such thing' >&2; exit 2"))
    } check: { error in
      XCTAssertEqual(error.status, .exited(2))
      XCTAssertEqual(text(error.output), "out\n")
      XCTAssertTrue("\(error)".hasSuffix("exited with 2:\nno such thing"), "\(error)")
    }
  }

  // Eventlet: GM16
  func testRunEndsWhatTakesTooLong() throws {
    for means in Interruption.allCases {
      var number: Int32 = 0
      let victim = means.spawnVictim { limit in
        // Its number first; then it goes on for long.
        try GreenProcess.run(
          "sh", self.shell("echo $$; exec sleep 30"),
          timeout: limit.map { $0 * 2 })
      }
      if means == .kill {
        try eventually("started") { !Hub.current.greenThreads.allSatisfy { $0 === victim } }
        let reapers = Hub.current.greenThreads.map(\.name).filter { $0.hasPrefix("reaper") }
        number = Int32(reapers.first?.split(separator: " ")[3] ?? "") ?? 0
        try victim.kill()
      }
      XCTAssertThrowsError(try victim.wait()) { error in
        switch means {
        case .kill: XCTAssertTrue(error is GreenThreadExit, "\(error)")
        case .scope: XCTAssertTrue(error is Timeout, "\(error)")
        case .own:
          let output = (error as? ProcessTimeout)?.output ?? []
          number = Int32(text(output).split(separator: "\n").first ?? "") ?? 0
          XCTAssertGreaterThan(number, 0, "\(error)")
        }
      }
      if means != .scope {
        XCTAssertGreaterThan(number, 0)
        XCTAssertFalse(exists(number), "\(means)")
      }
    }
  }

  /// What a program has started itself ends with it, if it leads a group.
  func testEndingAGroup() throws {
    assertThrows(ProcessTimeout.self) {
      _ = try GreenProcess.run(
        "sh", shell("sleep 30 & echo $!; wait"), ownGroup: true, timeout: .seconds(2))
    } check: { error in
      do { try assertEnds(number(in: error.output)) } catch { XCTFail("\(error)") }
    }
  }

  /// However it ends: here it is its child that would hold its output open.
  func testARunThatSucceedsEndsItsGroup() throws {
    let outcome = try GreenProcess.run(
      "sh", shell("sleep 30 & echo $!"), ownGroup: true, timeout: .seconds(20))
    XCTAssertEqual(outcome.status, .exited(0))
    try assertEnds(number(in: outcome.output))
  }

  func testEndingAGroupWhoseMembersIgnoreTheRequest() throws {
    let script = "(trap '' TERM; exec sh -c 'echo $$; exec sleep 30') & wait"
    try withAndWithoutDescriptor(.init(standardOutput: .pipe, ownGroup: true)) {
      let process = try GreenProcess("sh", shell(script), $0)
      let line = try XCTUnwrap(process.standardOutput?.reader.readLine())
      XCTAssertEqual(
        try process.end(within: .seconds(20)), .signalled(.terminate, coreDumped: false))
      try assertEnds(XCTUnwrap(Int32(line)))
    }
  }

  /// A stranger's group may have the number by then.
  func testAGroupIsOutOfReachOnceItsLeaderHasEnded() throws {
    try withAndWithoutDescriptor(.init(standardOutput: .pipe, ownGroup: true)) {
      let process = try GreenProcess("sh", shell("sleep 30 >/dev/null & echo $!"), $0)
      let member = number(in: try process.communicate().output)
      defer { kill(member, SIGKILL) }
      XCTAssertFalse(try process.kill(.kill))
      XCTAssertNil(try state(of: member).firstIndex(of: "Z"))
    }
  }

  /// One letter, nothing if it is gone.
  private func state(of number: Int32) throws -> String {
    let line = (try? GreenFile.read("/proc/\(number)/stat")).map(text) ?? ""
    return String(line.split(separator: ")").last?.split(separator: " ").first ?? "")
  }

  /// Its parent is gone; whoever inherits it reaps it, sooner or later.
  private func assertEnds(_ number: Int32) throws {
    XCTAssertGreaterThan(number, 0)
    try eventually("ended") { ["", "Z", "X"].contains(try state(of: number)) }
  }

  private func number(in output: [UInt8]) -> Int32 {
    Int32(text(output).split(separator: "\n").first ?? "") ?? 0
  }

  // MARK: Interrupted starts

  // Eventlet: GM16
  func testAStartThatIsInterruptedLeavesNothing() throws {
    for round in 0..<20 {
      let victim = spawn { try GreenProcess("sleep", ["30"]).processIdentifier }
      for _ in 0..<(round % 4) { try GreenThread.yield() }
      try victim.kill()
      if let number = try? victim.wait() { kill(number, SIGKILL) }
    }
    assertThrows(Timeout.self) {
      try withTimeout(.zero) { _ = try GreenProcess("sleep", ["30"]) }
    }
    assertThrows(ProcessTimeout.self) {
      _ = try GreenProcess.run("sleep", ["30"], timeout: .zero)
    } check: {
      XCTAssertEqual($0.command, ["sleep", "30"])
    }
    try eventually("reaped") { waitid(P_ALL, 0, nil, WEXITED | WNOHANG | WNOWAIT) < 0 }
  }

  /// Jobs of others that take long keep no program from starting.
  func testAStartDoesNotWaitForTheSharedPool() throws {
    let (reader, writer) = try GreenPipe.make()
    let number = dup(reader.fileDescriptor)
    defer { close(number) }
    _ = fcntl(number, F_SETFL, 0)
    let jobs = (0..<ThreadPool.shared.size).map { _ in
      spawn {
        try ThreadPool.execute {
          var byte: UInt8 = 0
          _ = read(number, &byte, 1)
        }
      }
    }
    try GreenThread.yield()
    XCTAssertTrue(try GreenProcess.run("true", timeout: .seconds(20)).status.isSuccess)
    writer.close()
    for job in jobs { try job.wait() }
  }

  /// As somebody who ends all green threads at once does.
  func testAReaperThatIsKilledBeforeItBeginsLeavesNoZombie() throws {
    var number: pid_t = 0
    let texts: [String] = ["sleep", "30"]
    let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    defer { for word in words { free(word) } }
    XCTAssertEqual(posix_spawnp(&number, "sleep", nil, nil, words + [nil], environ), 0)
    let process = try GreenProcess(adopting: number)
    for thread in Hub.current.greenThreads where thread.name.hasPrefix("reaper") {
      try thread.kill()
    }
    assertThrows(SystemError.self) { try process.wait() }
    XCTAssertTrue(try process.kill(.kill))
    try eventually("reaped") { !exists(number) }
    XCTAssertFalse(try process.kill(.kill))
  }
}
