internal import Glibc

/// The nodes that follow by a literal segment, found by its bytes.
struct LiteralTable {
  /// Sorted: the shorter first, those of one length by their bytes.
  private var entries: [(key: [UInt8], node: Int)] = []

  /// The node of a segment; nil if there is none.
  func find(_ segment: UnsafeRawBufferPointer) -> Int? {
    let place = place(of: segment)
    guard place < entries.count, Self.order(entries[place].key, segment) == 0 else { return nil }
    return entries[place].node
  }

  /// Adds the node of a segment that has none.
  mutating func insert(_ segment: [UInt8], _ node: Int) {
    entries.insert((segment, node), at: segment.withUnsafeBytes { place(of: $0) })
  }

  /// Of the first entry that is not before `segment`.
  private func place(of segment: UnsafeRawBufferPointer) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if Self.order(entries[middle].key, segment) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Below 0 if the key comes first, 0 if they are the same.
  @inline(__always)
  private static func order(_ key: [UInt8], _ segment: UnsafeRawBufferPointer) -> Int {
    guard key.count == segment.count, let start = segment.baseAddress else {
      return key.count - segment.count
    }
    // SAFETY: both have so many bytes.
    return Int(memcmp(key, start, segment.count))
  }
}
