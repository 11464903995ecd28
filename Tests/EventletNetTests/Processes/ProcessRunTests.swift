import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Children that are run to their end, with limits, and whole groups of them.
final class ProcessRunTests: ProcessTestCase {
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
}
