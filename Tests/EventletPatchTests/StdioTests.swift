import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

/// Streams whose reads are given up.
final class StdioTests: PatchTestCase {
  /// As when a read fails: who reads until the end or an error does not go on for ever.
  func testAReadThatIsGivenUpIsAnError() throws {
    let pipe = makePipe()
    let file = try XCTUnwrap(fdopen(pipe.reads, "r"))
    var error: Int32 = 0
    let reader = spawn {
      XCTAssertEqual(getc(file), EOF)
      error = errno
      XCTAssertEqual(feof(file), 0)
      XCTAssertNotEqual(ferror(file), 0)
    }
    try GreenThread.yield()
    try reader.kill()
    _ = try? reader.wait()
    XCTAssertEqual(error, ECANCELED)
    // And goes on when he has seen it.
    clearerr(file)
    put("x", to: pipe.writes)
    XCTAssertEqual(getc(file), Int32(UInt8(ascii: "x")))
    fclose(file)
    close(pipe.writes)
  }
}
