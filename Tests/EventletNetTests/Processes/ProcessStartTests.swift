import EventletCore
import EventletNet
import EventletTesting
import Glibc
import Synchronization
import XCTest

private final class Number: Sendable {
  let value = Atomic<Int32>(0)
}

final class ProcessStartTests: ProcessTestCase {
  // MARK: Programs that do not start

  func testNoSuchProgram() throws {
    withAndWithoutDescriptor { configuration in
      for name in ["no-such-program-at-all", "/nowhere/at/all", "./neither", ""] {
        assertThrows(ProcessError.self) {
          _ = try GreenProcess(name, [], configuration)
        } check: {
          XCTAssertEqual($0, .notFound(program: name))
          XCTAssertTrue("\($0)".hasPrefix("start \(name): "))
        }
      }
    }
  }

  func testNotExecutable() throws {
    let file = TemporaryFile("no program")
    chmod(file.path, 0o644)
    func assertNotExecutable(_ number: Int32) {
      assertThrows(ProcessError.self) {
        _ = try GreenProcess(file.path)
      } check: {
        guard case .notExecutable(file.path, let reason) = $0 else { return XCTFail("\($0)") }
        XCTAssertEqual(reason.errno, number)
      }
    }
    assertNotExecutable(EACCES)
    chmod(file.path, 0o755)
    assertNotExecutable(ENOEXEC)
    let script = TemporaryFile("#!/nowhere/at/all\n")
    chmod(script.path, 0o755)
    assertThrows(ProcessError.self) {
      _ = try GreenProcess(script.path)
    } check: {
      XCTAssertTrue("\($0)".contains("interpreter"), "\($0)")
    }
  }

  func testBadDirectory() throws {
    assertThrows(ProcessError.self) {
      _ = try GreenProcess.run("true", directory: "/nowhere/at/all")
    } check: {
      guard case .badDirectory("true", let reason) = $0 else { return XCTFail("\($0)") }
      XCTAssertEqual(reason, SystemError(call: "chdir", errno: ENOENT, subject: "/nowhere/at/all"))
    }
  }

  func testArgumentsThatAreTooLong() throws {
    let long = [String](repeating: String(repeating: "x", count: 100_000), count: 100)
    assertThrows(ProcessError.self) {
      _ = try GreenProcess("true", long)
    } check: {
      guard case .argumentsTooLong("true", let count) = $0 else { return XCTFail("\($0)") }
      XCTAssertGreaterThan(count, 10_000_000)
      XCTAssertLessThan("\($0)".count, 200)
    }
  }

  func testWordsThatCannotBeHandedOver() throws {
    assertThrows(ProcessError.self) {
      _ = try GreenProcess("echo", ["a", "b\0c"])
    } check: {
      XCTAssertTrue("\($0)".contains("argument 2"), "\($0)")
    }
    for (name, value) in [("A=B", "1"), ("", "1"), ("A", "1\0")] {
      assertThrows(ProcessError.self) {
        _ = try GreenProcess.run("env", environment: .only([name: value]))
      }
    }
  }

  // MARK: What a program gets

  func testArgumentsAsTheyAre() throws {
    let words = ["a b", "$HOME", "'", "", "ü", "*"]
    let output = try GreenProcess.checkOutput("printf", ["%s\\n"] + words)
    XCTAssertEqual(
      text(output).split(separator: "\n", omittingEmptySubsequences: false).map(String.init),
      words + [""])
  }

  func testEnvironment() throws {
    setenv("EVENTLET_TEST_VARIABLE", "inherited", 1)
    defer { unsetenv("EVENTLET_TEST_VARIABLE") }
    func value(_ environment: GreenProcess.Environment) throws -> String {
      text(
        try GreenProcess.checkOutput(
          "/bin/sh", shell("printf %s \"${EVENTLET_TEST_VARIABLE-none}\""),
          environment: environment))
    }
    XCTAssertEqual(try value(.inherited), "inherited")
    XCTAssertEqual(try value(.changed(["EVENTLET_TEST_VARIABLE": "other"])), "other")
    XCTAssertEqual(try value(.changed(["EVENTLET_TEST_VARIABLE": nil])), "none")
    XCTAssertEqual(try value(.only([:])), "none")
    XCTAssertEqual(
      text(try GreenProcess.checkOutput("env", environment: .only(["A": "1", "B": "x=y"]))),
      "A=1\nB=x=y\n")
  }

  func testThePathOfItsOwnEnvironment() throws {
    let directory = TemporaryFile()
    mkdir(directory.path, 0o700)
    defer { rmdir(directory.path) }
    let program = directory.path + "/its-own-program"
    XCTAssertEqual(symlink("/bin/echo", program), 0)
    defer { unlink(program) }
    XCTAssertEqual(
      text(
        try GreenProcess.checkOutput(
          "its-own-program", ["found"],
          environment: .changed(["PATH": "/nowhere:\(directory.path)"]))), "found\n")
    XCTAssertThrowsError(try GreenProcess("its-own-program"))
  }

  func testDirectory() throws {
    XCTAssertEqual(text(try GreenProcess.checkOutput("pwd", directory: "/")), "/\n")
    XCTAssertEqual(
      text(try GreenProcess.checkOutput("bin/pwd", directory: "/")), "/\n")
  }

  // Eventlet: GM17
  func testNoDescriptorButThree() throws {
    // Not close-on-exec.
    let leaky = (0..<20).map { _ in dup(0) }
    defer { for descriptor in leaky { close(descriptor) } }
    let (reader, writer) = try GreenPipe.make()
    try withAndWithoutDescriptor(.init(standardOutput: .pipe)) {
      let output = try GreenProcess("ls", ["/proc/self/fd"], $0).communicate().outputText
      // The last one is of ls itself.
      XCTAssertEqual(output.split(separator: "\n"), ["0", "1", "2", "3"])
    }
    reader.close()
    writer.close()
  }

  /// In a program without standard streams the numbers 0 to 2 are free.
  func testNoPipeTakesTheNumberOfAStandardStream() throws {
    let copies = (0..<3).map { fcntl(Int32($0), F_DUPFD_CLOEXEC, 100) }
    for number: Int32 in 0..<3 { close(number) }
    defer {
      for (number, copy) in copies.enumerated() {
        dup2(copy, Int32(number))
        close(copy)
      }
    }
    let (reader, writer) = try GreenPipe.make()
    XCTAssertGreaterThan(reader.fileDescriptor, 2)
    XCTAssertGreaterThan(writer.fileDescriptor, 2)
    let process = try GreenProcess(
      "sh", shell("read -r line; echo $line"), .init(standardInput: .pipe, standardOutput: .pipe))
    XCTAssertEqual(try process.communicate(input: Array("in\n".utf8)).outputText, "in\n")
    for number: Int32 in 0..<3 { XCTAssertEqual(fcntl(number, F_GETFD), -1) }
  }

  func testSignalsAreAsNew() throws {
    signal(SIGUSR1, SIG_IGN)
    defer { signal(SIGUSR1, SIG_DFL) }
    var (blocked, before) = (sigset_t(), sigset_t())
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let status = text(try GreenFile.read("/proc/self/status"))
    func mask(_ name: String, in status: String) -> String? {
      status.split(separator: "\n").first { $0.hasPrefix(name) }.map(String.init)
    }
    XCTAssertNotEqual(mask("SigIgn", in: status), "SigIgn:\t0000000000000000")
    let child = text(try GreenProcess.checkOutput("cat", ["/proc/self/status"]))
    XCTAssertEqual(mask("SigIgn", in: child), "SigIgn:\t0000000000000000")
    XCTAssertEqual(mask("SigBlk", in: child), "SigBlk:\t0000000000000000")
  }

  func testManyAtOnce() throws {
    let processes = try (0..<30).map { number in
      try GreenProcess("sh", shell("exit \(number)"))
    }
    for (number, process) in processes.enumerated() {
      XCTAssertEqual(try process.wait(), .exited(Int32(number)))
    }
  }

  /// On two hubs at the same time, each with children of its own.
  func testSeveralHubs() throws {
    let other = try HubThread.start {
      for number in 0..<10 {
        let outcome = try GreenProcess.run("sh", ["-c", "exit \(number)"])
        guard outcome.status == .exited(Int32(number)) else { fatalError("\(outcome)") }
      }
    }
    for number in 0..<10 {
      XCTAssertEqual(
        try GreenProcess.run("sh", shell("exit \(number)")).status, .exited(Int32(number)))
    }
    try other.join()
  }

  /// A hub that goes leaves no zombie behind.
  func testAHubThatGoesWhileAChildRuns() throws {
    for avoids in [false, true] {
      let number = Number()
      try HubThread.start {
        var configuration = GreenProcess.Configuration(standardInput: .pipe)
        configuration.avoidsProcessDescriptor = avoids
        // Its input closes with it, and so it ends.
        let process = try GreenProcess("cat", [], configuration)
        number.value.store(process.processIdentifier, ordering: .releasing)
      }.join()
      let child = number.value.load(ordering: .acquiring)
      XCTAssertGreaterThan(child, 0)
      try eventually("reaped") { !exists(child) }
    }
  }
}
