internal import EventletCore
internal import XCTest

/// Fails unless `body` lets another green thread run.
public func assertSwitches<Result>(
  file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Result
) rethrows -> Result {
  let before = Hub.current.statistics.switches
  let result = try body()
  if Hub.current.statistics.switches == before {
    XCTFail("expected a switch", file: file, line: line)
  }
  return result
}

/// Fails if `body` lets another green thread run.
public func assertDoesNotSwitch<Result>(
  file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Result
) rethrows -> Result {
  let before = Hub.current.statistics.switches
  let result = try body()
  if Hub.current.statistics.switches != before {
    XCTFail("unexpected switch", file: file, line: line)
  }
  return result
}
