internal import CCurl

/// A body on its way out, as libcurl takes it: bytes that are all there, or what is written.
final class Upload {
  /// So much is held of what was written and not taken.
  static let mostHeld = 65_536

  /// All of it; nil if it is written piece by piece.
  private let bytes: [UInt8]?
  @exclusivity(unchecked) private var queue = ByteQueue()
  @exclusivity(unchecked) private var takenCount = 0
  @exclusivity(unchecked) private var isEnded = false
  /// Whether libcurl waits to be told that there is more.
  @exclusivity(unchecked) var isPaused = false

  init(_ body: TransferRequest.Body) {
    switch body {
    case .bytes(let bytes): self.bytes = bytes
    case .written: bytes = nil
    }
  }

  /// Whether there is nothing that could be taken now.
  var isEmpty: Bool { bytes.map { takenCount == $0.count } ?? queue.isEmpty }
  /// Whether all has been taken.
  var isOver: Bool { bytes == nil ? isEnded && queue.isEmpty : isEmpty }
  var hasRoom: Bool { queue.count < Self.mostHeld }

  func write(_ bytes: UnsafeRawBufferPointer) { queue.append(bytes) }

  /// Nothing more is written.
  func end() { isEnded = true }

  /// - Returns: a count, 0 at the end; or that there is nothing now.
  func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count: Int
    if let bytes {
      count = min(buffer.count, bytes.count - takenCount)
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: .init(rebasing: $0[takenCount..<(takenCount + count)]))
      }
    } else {
      count = queue.take(into: buffer)
      if count == 0, !isEnded {
        isPaused = true
        return Int(CURL_READFUNC_PAUSE)
      }
    }
    takenCount += count
    return count
  }

  /// Goes back to the start.
  /// - Returns: false if that is gone.
  func rewind() -> Bool {
    if bytes == nil { return takenCount == 0 }
    takenCount = 0
    return true
  }
}
