@testable import EventletWebSocket

extension RawFrame {
  /// One that does not end its message.
  static func beginning(_ opcode: UInt8, _ text: String) -> RawFrame {
    RawFrame(opcode, text, flags: 0)
  }
}

/// What frames are on the wire, in their order; a client's, unless `isMasked` is false.
func stream(_ frames: [RawFrame], isMasked: Bool = true) -> [UInt8] {
  frames.enumerated().flatMap { index, frame in
    frame.bytes(key: isMasked ? [1, 2, 0xFE, UInt8(truncatingIfNeeded: index)] : nil)
  }
}
