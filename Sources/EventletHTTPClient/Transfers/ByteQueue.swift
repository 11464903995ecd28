/// Bytes that go out in the order in which they came in.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var start = 0

  var count: Int { bytes.count - start }
  var isEmpty: Bool { start == bytes.count }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    // Moved when more has gone than is there: each byte is moved once at most, on average.
    if start > count {
      bytes.removeFirst(start)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// Takes at most so many.
  mutating func take(upTo limit: Int) -> [UInt8] {
    if start == 0, count <= limit {
      defer { bytes = [] }
      return bytes
    }
    let taken = Array(bytes[start..<(start + min(limit, count))])
    skip(taken.count)
    return taken
  }

  /// Takes as many as there is room for.
  mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let taken = min(buffer.count, count)
    guard taken > 0 else { return 0 }
    bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[start..<(start + taken)])) }
    skip(taken)
    return taken
  }

  private mutating func skip(_ count: Int) {
    start += count
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      start = 0
    }
  }

  /// Takes back what was taken last.
  mutating func putBack(_ taken: [UInt8]) {
    bytes = taken + bytes[start...]
    start = 0
  }
}
