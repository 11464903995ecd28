import EventletTesting
import Glibc
import XCTest

/// Calls that Swift's Glibc module hides.
enum Hidden {
  private static func function<Function>(_ name: String, _ type: Function.Type) -> Function {
    unsafeBitCast(dlsym(nil, name), to: type)
  }

  static func pipe2(_ ends: inout [Int32]) -> Int32 {
    typealias Call = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32
    return function("pipe2", Call.self)(&ends, Int32(O_CLOEXEC))
  }

  /// A terminal without an own mind: what is written to one side is read from the other.
  static func openTerminal(isRaw: Bool = true) -> (master: Int32, slave: Int32) {
    typealias Call = @convention(c) (Int32) -> Int32
    typealias Name = @convention(c) (Int32) -> UnsafeMutablePointer<CChar>
    let master = function("posix_openpt", Call.self)(O_RDWR | O_NOCTTY | O_CLOEXEC)
    XCTAssertEqual(function("grantpt", Call.self)(master), 0)
    XCTAssertEqual(function("unlockpt", Call.self)(master), 0)
    let slave = open(function("ptsname", Name.self)(master), O_RDWR | O_NOCTTY | O_CLOEXEC)
    if !isRaw { return (master, slave) }
    var settings = termios()
    tcgetattr(slave, &settings)
    cfmakeraw(&settings)
    tcsetattr(slave, TCSANOW, &settings)
    return (master, slave)
  }
}
