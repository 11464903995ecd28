/// The text of the current second, made once a second: each response carries it.
///
/// ```swift
/// output += dates.bytes(at: now.secondsSinceEpoch)
/// ```
package struct DateCache {
  private var second: Int?
  private var bytes: [UInt8] = []

  /// Creates a cache of nothing.
  package init() {}

  /// The bytes of that second's date.
  /// - Parameter second: Since the beginning of 1970.
  /// - Returns: the same as ``HTTPDate/description``.
  package mutating func bytes(at second: Int) -> [UInt8] {
    if second != self.second {
      bytes = HTTPDate(secondsSinceEpoch: second).bytes
      self.second = second
    }
    return bytes
  }
}
