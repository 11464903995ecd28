import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Starts that are interrupted, or that nobody watches.
final class ProcessStartInterruptionTests: ProcessTestCase {
  // Eventlet: GM16
  func testAStartThatIsInterruptedLeavesNothing() throws {
    let check = LeakCheck()
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
    // By the OS thread that has started it.
    try eventually("closed") { check.leaks(of: .current).isEmpty }
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
