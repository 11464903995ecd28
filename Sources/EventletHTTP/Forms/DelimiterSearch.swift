internal import Glibc

/// Looks for the delimiter between the parts of a body.
///
/// It begins with the end of a line, and there is none further on in it. So when a place turns out
/// not to hold it, none of the bytes that were compared begins another: the search goes on behind
/// them, and looks at no byte more than twice, whatever the body is made to look like.
struct DelimiterSearch {
  /// What was found.
  enum Result: Hashable {
    /// The delimiter, whole.
    case whole(at: Int)
    /// Its beginning, at the end of the bytes.
    case beginning(at: Int)
    case nothing
  }

  let delimiter: [UInt8]

  func first(in bytes: [UInt8], from start: Int) -> Result {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return .nothing }
      var position = start
      // SAFETY: `position` stays below the count, so that the rest is within the buffer.
      while position < bytes.count,
        let match = memchr(base + position, Int32(delimiter[0]), bytes.count - position)
      {
        let found = match - UnsafeMutableRawPointer(mutating: base)
        let length = min(delimiter.count, bytes.count - found)
        var matched = 1
        while matched < length, bytes[found + matched] == delimiter[matched] { matched += 1 }
        if matched == delimiter.count { return .whole(at: found) }
        if matched == length { return .beginning(at: found) }
        position = found + matched
      }
      return .nothing
    }
  }
}
