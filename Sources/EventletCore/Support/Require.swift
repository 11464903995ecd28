import CEventletCore

/// Traps when `condition` does not hold, with a message that survives `-O`.
///
/// `precondition` drops its message in release builds, and a message is what a
/// programmer's error in a server needs.
@inlinable
package func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fatalError(message(), file: file, line: line) }
}
