internal import XCTest

/// Fails the test unless `body` throws an error of that type.
/// - Parameters:
///   - type: Of the error.
///   - file: For the report.
///   - line: For the report.
///   - body: What is to throw.
///   - check: Given the error.
package func assertThrows<Failure: Error>(
  _ type: Failure.Type, file: StaticString = #filePath, line: UInt = #line,
  _ body: () throws -> Void, check: (Failure) -> Void = { _ in }
) {
  XCTAssertThrowsError(try body(), file: file, line: line) { error in
    guard let error = error as? Failure else {
      XCTFail("\(Swift.type(of: error)): \(error)", file: file, line: line)
      return
    }
    check(error)
  }
}
