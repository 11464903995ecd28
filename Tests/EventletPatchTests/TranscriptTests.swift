import CPatchProbe
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// Calls in all variations return what they return without the patch, to the error number.
final class TranscriptTests: GreenTestCase {
  // The other side of each call is an OS thread, which sleeps.
  override var time: GreenTest.Time { .real }

  override func setUpWithError() throws {
    try super.setUpWithError()
    try skipUnderThreadSanitizer()
  }

  override func tearDown() {
    MonkeyPatch.uninstall()
    super.tearDown()
  }

  private func transcript(_ probe: UnsafePointer<probe>) -> String {
    let text = probe_transcript(probe)
    defer { free(text) }
    return String(cString: text)
  }

  // The list ends with a probe that cannot be run.
  private func check(_ list: UnsafePointer<probe>) throws {
    var probe = list
    while probe.pointee.run != nil {
      try check(one: probe)
      probe += 1
    }
  }

  private func differences(_ text: String, from expected: String) -> [String] {
    let lines = text.split(separator: "\n"), others = expected.split(separator: "\n")
    if lines.count != others.count { return [text, expected] }
    return zip(lines, others).filter { $0 != $1 }.map { "\($0) instead of \($1)" }
  }

  private func check(one probe: UnsafePointer<probe>) throws {
    let name = String(cString: probe.pointee.name)
    let expected = transcript(probe)
    try MonkeyPatch.install()
    defer { MonkeyPatch.uninstall() }
    var turns = 0
    let sibling = spawn {
      while true {
        turns += 1
        try GreenThread.sleep(for: .milliseconds(1))
      }
    }
    let patched = transcript(probe)
    if probe.pointee.waits != 0 {
      XCTAssertGreaterThan(turns, 0, "\(name): siblings did not run")
    }
    try sibling.kill()
    XCTAssertEqual(differences(patched, from: expected), [], name)
    let original = MonkeyPatch.original { transcript(probe) }
    XCTAssertEqual(differences(original, from: expected), [], "original: \(name)")
  }

  func testDescriptors() throws { try check(probes.descriptors) }
  func testSockets() throws { try check(probes.sockets) }
  // Eventlet: PA21
  func testSelecting() throws {
    try XCTSkipIf(Sanitizer.isActive, "it looks at lists that the kernel is to refuse")
    try check(probes.selecting)
  }
  func testTime() throws { try check(probes.times) }
  func testProcesses() throws { try check(probes.processes) }
  func testFiles() throws { try check(probes.files) }
  func testStdio() throws { try check(probes.stdio) }
  func testNames() throws {
    try XCTSkipIf(Sanitizer.isActive, "its own getaddrinfo goes before one that is weak")
    try check(probes.names)
  }
  func testOtherNames() throws { try check(probes.aliases) }
}
