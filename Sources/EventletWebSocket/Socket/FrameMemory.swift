internal import EventletCore
internal import EventletHTTP

/// The memory that the connections of a hub receive into and put frames together in.
///
/// Lent while there is something in it: so an idle connection has none, and what was given back last,
/// which is in the processor's cache, is the first to be lent.
final class FrameMemory {
  /// The size of a piece, in bytes.
  static let size = max(16_384, StreamTransport.leastMemory)
  /// That of a large one, for messages that need many pieces.
  static let largeSize = 131_072
  private static let mostKept = 64
  private static let mostLargeKept = 4

  @exclusivity(unchecked) private var free: [UnsafeMutableRawBufferPointer] = []
  @exclusivity(unchecked) private var largeFree: [UnsafeMutableRawBufferPointer] = []
  /// How many pieces are lent.
  @exclusivity(unchecked) private(set) var lentCount = 0

  deinit { for memory in free + largeFree { memory.deallocate() } }

  /// Of the running hub.
  static var current: FrameMemory { Hub.current.resident { FrameMemory() } }

  /// Lends a piece.
  /// - Parameter wish: How many bytes would be of use.
  /// - Returns: memory that may be smaller, but not smaller than ``size``.
  func take(for wish: Int = 0) -> UnsafeMutableRawBufferPointer {
    lentCount += 1
    if wish > Self.size {
      return largeFree.popLast() ?? .allocate(byteCount: Self.largeSize, alignment: 16)
    }
    return free.popLast() ?? .allocate(byteCount: Self.size, alignment: 16)
  }

  func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
    lentCount -= 1
    if memory.count == Self.size, free.count < Self.mostKept {
      free.append(memory)
    } else if memory.count == Self.largeSize, largeFree.count < Self.mostLargeKept {
      largeFree.append(memory)
    } else {
      memory.deallocate()
    }
  }
}
