internal import EventletCore

/// The memory for what connections receive and send, of all connections of a server.
///
/// Lent while a request is there: so there is as much as requests are served at a time, not as
/// connections are open; and what was given back last, which is in the processor's cache, is the
/// first to be lent.
final class BufferPool {
  /// The size of a piece of memory, in bytes.
  static let size = 8192
  private static let mostKept = 512
  /// How many idle connections may keep theirs for a while.
  private static let mostIdle = 256

  @exclusivity(unchecked) private var free: [UnsafeMutableRawBufferPointer] = []
  @exclusivity(unchecked) private var requests: [ServerRequest] = []
  /// How many pieces are lent.
  @exclusivity(unchecked) private(set) var lentCount = 0

  deinit { for memory in free { memory.deallocate() } }

  /// Whether a connection that becomes idle may keep its memory for a while, in case its client sends
  /// the next request at once: that saves lending it other.
  var mayKeepIdle: Bool { lentCount <= 2 * Self.mostIdle }

  func take() -> UnsafeMutableRawBufferPointer {
    lentCount += 1
    return free.popLast() ?? .allocate(byteCount: Self.size, alignment: 16)
  }

  /// Takes back memory, which may have grown since.
  func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
    lentCount -= 1
    if memory.count == Self.size, free.count < Self.mostKept {
      free.append(memory)
    } else {
      memory.deallocate()
    }
  }

  func takeRequest() -> ServerRequest { requests.popLast() ?? ServerRequest() }

  /// Takes back a request that is over and that nobody has kept.
  func giveBack(_ request: ServerRequest) {
    if requests.count < Self.mostKept { requests.append(request) }
  }
}
