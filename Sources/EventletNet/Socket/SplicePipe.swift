internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A pipe through which splice(2) moves what one socket has received to another, page by page and
/// without a copy.
///
/// Closed with the last reference: so whatever ends a copy leaves none behind.
final class SplicePipe {
  /// Enough for what a connection of some speed brings between two looks; and the most that the
  /// kernel gives every user without asking.
  private static let size: Int32 = 1 << 18

  let readEnd: Int32
  let writeEnd: Int32
  let capacity: Int

  init() throws {
    var ends: [Int32] = [-1, -1]
    let capacity = ev_splice_pipe(&ends, Self.size)
    guard capacity >= 0 else { throw SystemError(call: "pipe2", subject: "for splice") }
    readEnd = ends[0]
    writeEnd = ends[1]
    self.capacity = Int(capacity)
  }

  deinit {
    Glibc.close(readEnd)
    Glibc.close(writeEnd)
  }
}
