import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

extension XCTestCase {
  func skipUnderThreadSanitizer() throws {
    try XCTSkipIf(
      Sanitizer.isThread,
      "it has functions of its own in the same places, and follows no child of several OS threads")
  }
}

/// A test in which everything is installed, and nothing afterwards.
class PatchTestCase: GreenTestCase {
  // What is called is libc, and other OS threads take part.
  override var time: GreenTest.Time { .real }

  override func setUpWithError() throws {
    try super.setUpWithError()
    try skipUnderThreadSanitizer()
  }

  override func setUp() {
    super.setUp()
    XCTAssertNoThrow(try MonkeyPatch.install())
  }

  override func tearDown() {
    MonkeyPatch.uninstall()
    super.tearDown()
  }

  /// Runs `body` in a forked child, which ends with its result, and with 100 if it throws.
  ///
  /// A signal ends it if it hangs.
  func startChild(_ body: () throws -> Int32) -> pid_t {
    let child = fork()
    if child == 0 {
      alarm(10)
      _exit((try? body()) ?? 100)
    }
    return child
  }

  /// Waits for its end: the negative number of the signal if one has ended it.
  func status(of child: pid_t) -> Int32 {
    var status: Int32 = 0
    XCTAssertEqual(waitpid(child, &status, 0), child)
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
  }

  func inChild(_ body: () throws -> Int32) -> Int32 { status(of: startChild(body)) }

  /// A child that lives until it is killed.
  func startChildThatStays() -> pid_t {
    startChild { MonkeyPatch.original { pause() } }
  }

  func makePipe() -> (reads: Int32, writes: Int32) {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(pipe(&ends), 0)
    return (ends[0], ends[1])
  }

  func makeSocketPair(_ type: __socket_type = SOCK_STREAM) -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(socketpair(AF_UNIX, Int32(type.rawValue), 0, &ends), 0)
    return (ends[0], ends[1])
  }

  /// Writes a few bytes, which there is room for.
  func put(_ text: String, to descriptor: Int32) {
    XCTAssertEqual(write(descriptor, text, text.utf8.count), text.utf8.count)
  }

  /// What one call of `read` finds.
  func take(from descriptor: Int32, upTo count: Int = 64) -> String? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = read(descriptor, &bytes, count)
    return got < 0 ? nil : String(decoding: bytes[..<got], as: UTF8.self)
  }

  /// A TCP listener on a port of the system's choice.
  func makeListener() -> (descriptor: Int32, address: sockaddr_in) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      XCTAssertEqual(bind(descriptor, pointer, length), 0)
      XCTAssertEqual(listen(descriptor, 128), 0)
      XCTAssertEqual(getsockname(descriptor, pointer, &length), 0)
    }
    return (descriptor, address)
  }

  /// A blocking `connect`.
  func connectTo(_ address: sockaddr_in) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = address
    let result = withUnsafeBytes(of: &address) { bytes in
      connect(
        descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    XCTAssertEqual(result, 0)
    return descriptor
  }
}
