internal import EventletCore
package import Glibc
internal import XCTest

/// A copy of the process of the tests, for what a fork does to a hub.
package enum ForkedChild {
  /// Calls `fork(2)`, which Swift's Glibc module hides because few programs survive it.
  /// - Returns: 0 in the child, its number in the parent.
  /// - Throws: `XCTSkip` where there is no such call.
  package static func fork() throws -> pid_t {
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = dlsym(nil, "fork") else { throw XCTSkip("no fork") }
    let child = unsafeBitCast(symbol, to: Fork.self)()
    if child < 0 { throw SystemError(call: "fork", errno: errno) }
    return child
  }

  /// Has a child run `body`, and the test fail unless that returns true.
  package static func run(
    file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Bool
  ) throws {
    let child = try fork()
    if child == 0 { end(body) }
    expectSuccess(of: child, file: file, line: line)
  }

  /// Ends the child: well if `body` returns true.
  package static func end(_ body: () throws -> Bool) -> Never {
    // A child that hangs is not to hold up the tests.
    alarm(60)
    do { _exit(try body() ? 0 : 1) } catch {
      writeToStandardError("in a forked child: \(error)\n")
      _exit(2)
    }
  }

  /// Waits for the end of `child`, which blocks the hub.
  package static func expectSuccess(
    of child: pid_t, file: StaticString = #filePath, line: UInt = #line
  ) {
    var status: Int32 = -1
    XCTAssertEqual(waitpid(child, &status, 0), child, file: file, line: line)
    XCTAssertEqual(status, 0, "the child's end", file: file, line: line)
  }
}
