import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// The programs of the guide "Patching libraries".
final class PatchingLibrariesTests: PatchTestCase {
  override func setUp() {}

  func testInstalling() throws {
    let pipe = makePipe()
    let text = String(repeating: "x", count: 50)
    try MonkeyPatch.install()
    let readers = (0..<50).map { _ in
      spawn {
        var byte: UInt8 = 0
        return read(pipe.reads, &byte, 1)
      }
    }
    let writer = spawn {
      sleep(0)
      _ = write(pipe.writes, text, text.utf8.count)
    }
    try writer.wait()
    XCTAssertEqual(try readers.map { try $0.wait() }, Array(repeating: 1, count: 50))
    close(pipe.reads)
    close(pipe.writes)
  }

  func testChoosing() throws {
    try MonkeyPatch.install([.socket, .select, .time])
    XCTAssertEqual(MonkeyPatch.installed, [.socket, .select, .time])
    let status = MonkeyPatch.original { system("true") }
    XCTAssertEqual(status, 0)
  }

  func testEnding() throws {
    let pipe = makePipe()
    let use = { (got: Int) in XCTFail("\(got) bytes") }
    try MonkeyPatch.install()
    XCTAssertThrowsError(
      try withTimeout(.milliseconds(20)) {
        var byte: UInt8 = 0
        let got = read(pipe.reads, &byte, 1)
        try MonkeyPatch.checkForInterruption()
        use(got)
      }
    ) { XCTAssertTrue($0 is Timeout) }
    close(pipe.reads)
    close(pipe.writes)
  }
}
