import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class OpenedFileTests: GreenTestCase {
  private func open(_ tree: TemporaryTree, _ name: String) throws -> OpenedFile {
    guard case .file(let file) = try DirectoryRoot.open(tree.path).open(name) else {
      throw SystemError(call: "open", errno: EISDIR, subject: name)
    }
    return file
  }

  private func setTime(_ tree: TemporaryTree, _ name: String, _ seconds: Int, _ nanoseconds: Int) {
    let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
    utimensat(AT_FDCWD, "\(tree.path)/\(name)", [time, time], 0)
  }

  func testItKnowsWhatItWas() throws {
    let tree = try TemporaryTree()
    try tree.write("hello", to: "file")
    setTime(tree, "file", 1_700_000_000, 123_456_789)
    let file = try open(tree, "/file")
    var status = stat()
    XCTAssertEqual(stat("\(tree.path)/file", &status), 0)
    XCTAssertEqual(file.size, 5)
    XCTAssertEqual(file.modificationDate, 1_700_000_000)
    XCTAssertEqual(file.modificationNanoseconds, 123_456_789)
    XCTAssertEqual(file.device, UInt64(status.st_dev))
    XCTAssertEqual(file.inode, UInt64(status.st_ino))
    XCTAssertEqual(file.path, "/file")
    XCTAssertEqual("\(file)", "file /file")
    XCTAssertEqual(
      "\(file.entityTag)", "\"6553f100-75bcd15-5-\(String(status.st_ino, radix: 16))\"")
    XCTAssertEqual(
      file.validators, Validators(entityTag: file.entityTag, modificationDate: 1_700_000_000))
    XCTAssertFalse(file.entityTag.isWeak)
  }

  func testTheTagChangesWithTimeSizeAndFile() throws {
    let tree = try TemporaryTree()
    try tree.write("hello", to: "file")
    setTime(tree, "file", 1000, 1)
    let first = try open(tree, "file").entityTag
    XCTAssertEqual(try open(tree, "file").entityTag, first)
    setTime(tree, "file", 1000, 2)
    XCTAssertNotEqual(try open(tree, "file").entityTag, first)
    try tree.write("hello!", to: "file")
    setTime(tree, "file", 1000, 1)
    XCTAssertNotEqual(try open(tree, "file").entityTag, first)
    // Replaced by a file of the same size and time, as an unpacked archive has it.
    try tree.write("HELLO", to: "new")
    try tree.move("new", to: "file")
    setTime(tree, "file", 1000, 1)
    XCTAssertNotEqual(try open(tree, "file").entityTag, first)
  }

  func testAFileOfTheTimeBefore1970HasATag() throws {
    let tree = try TemporaryTree()
    try tree.write("", to: "file")
    setTime(tree, "file", -1, 5)
    let file = try open(tree, "file")
    XCTAssertEqual(file.modificationDate, -1)
    XCTAssertNotNil(EntityTag(parsing: "\(file.entityTag)"))
  }

  func testReading() throws {
    let tree = try TemporaryTree()
    try tree.write("hello", to: "file")
    let file = try open(tree, "file")
    XCTAssertEqual(try assertSwitches { try file.read(upTo: 100, at: 0) }, Array("hello".utf8))
    XCTAssertEqual(try file.read(upTo: 2, at: 1), Array("el".utf8))
    XCTAssertEqual(try file.read(upTo: 2, at: 5), [])
    XCTAssertEqual(try file.read(upTo: 2, at: 500), [])
    XCTAssertEqual(try file.read(upTo: 0, at: 0), [])
    XCTAssertEqual(try file.read(upTo: -1, at: 0), [])
    XCTAssertEqual(try file.read(upTo: .max, at: 3), Array("lo".utf8))
    assertThrows(SystemError.self) {
      _ = try file.read(upTo: 1, at: -1)
    } check: {
      XCTAssertEqual($0.errno, EINVAL)
    }
  }

  func testTheDescriptorIsClosedOnceWithTheLastReference() throws {
    let tree = try TemporaryTree()
    try tree.write("hello", to: "file")
    var file: OpenedFile? = try open(tree, "file")
    let number = try XCTUnwrap(file?.descriptor)
    XCTAssertEqual(fcntl(number, F_GETFD), FD_CLOEXEC)
    var other = file
    file = nil
    XCTAssertEqual(fcntl(number, F_GETFD), FD_CLOEXEC)
    withExtendedLifetime(other) {}
    other = nil
    XCTAssertEqual(fcntl(number, F_GETFD), -1)
  }

  func testItIsSent() throws {
    let tree = try TemporaryTree()
    try tree.write("hello", to: "file")
    let file = try open(tree, "file")
    let (one, other) = try GreenSocket.pair()
    XCTAssertEqual(try one.sendFile(file.descriptor, from: 1, count: 3), 3)
    XCTAssertEqual(try other.receive(upTo: 10), Array("ell".utf8))
    one.close()
    other.close()
  }
}
