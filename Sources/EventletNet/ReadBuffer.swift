internal import EventletCore

/// Bytes that were received and not yet asked for.
package final class ReadBuffer {
  private var bytes: [UInt8] = []
  /// Where the unread bytes begin.
  ///
  /// Moving the rest at each take would make many short lines of one chunk quadratic.
  private var start = 0
  /// Whether the stream has said that no more comes.
  private(set) var hasEnded = false
  /// The readers of one socket share it, as they share the bytes.
  var maxLineLength = 65_536
  /// How many bytes were taken since the beginning of the stream.
  private(set) var takenCount = 0
  /// Who receives more at this time.
  var receiver: AnyGreenThread?

  package init() {}

  var count: Int { bytes.count - start }

  /// Adds what came; nothing is the end of the stream.
  func append(_ more: [UInt8]) {
    if more.isEmpty {
      hasEnded = true
      return
    }
    if start == bytes.count {
      bytes = more
    } else {
      bytes.removeFirst(start)
      bytes += more
    }
    start = 0
  }

  /// The first place of `byte`, counted from the first unread one.
  func position(of byte: UInt8, from searched: Int) -> Int? {
    bytes[(start + searched)...].firstIndex(of: byte).map { $0 - start }
  }

  /// All that is here, which stays.
  var contents: [UInt8] { Array(bytes[start...]) }

  /// Forgets what is here: the stream goes on at another place.
  func reset() {
    bytes = []
    start = 0
    hasEnded = false
  }

  func take(_ count: Int) -> [UInt8] {
    let taken = Array(bytes[start..<start + count])
    start += count
    takenCount += count
    if start == bytes.count {
      bytes = []
      start = 0
    }
    return taken
  }
}
