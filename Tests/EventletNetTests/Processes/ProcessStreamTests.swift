import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// What goes into children and comes out of them.
final class ProcessStreamTests: ProcessTestCase {
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
}
