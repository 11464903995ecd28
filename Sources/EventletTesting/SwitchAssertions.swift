internal import EventletCore
internal import XCTest

/// Fails unless `body` gives up the processor: another green thread ran
/// meanwhile, or the hub did.
///
/// ```swift
/// try assertSwitches { try GreenThread.sleep(for: .seconds(1)) }
/// ```
///
/// A yield with nobody else ready is no switch.
/// - Parameters:
///   - file: Where a failure is shown.
///   - line: Where a failure is shown.
///   - body: What ought to switch.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
public func assertSwitches<Result>(
  file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Result
) rethrows -> Result {
  let before = Hub.current.statistics.switches
  defer {
    if Hub.current.statistics.switches == before {
      XCTFail("expected a switch", file: file, line: line)
    }
  }
  return try body()
}

/// Fails if `body` gives up the processor, see ``assertSwitches(file:line:_:)``.
///
/// ```swift
/// try assertDoesNotSwitch { try queue.put(1) }
/// ```
/// - Parameters:
///   - file: Where a failure is shown.
///   - line: Where a failure is shown.
///   - body: What ought not to switch.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
public func assertDoesNotSwitch<Result>(
  file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Result
) rethrows -> Result {
  let before = Hub.current.statistics.switches
  defer {
    if Hub.current.statistics.switches != before {
      XCTFail("unexpected switch", file: file, line: line)
    }
  }
  return try body()
}
