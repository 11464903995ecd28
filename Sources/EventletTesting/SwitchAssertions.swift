internal import EventletCore
internal import XCTest

/// Fails unless `body` lets another green thread run, whether it returns or throws.
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

/// Fails if `body` lets another green thread run, whether it returns or throws.
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
