internal import CZlib

/// zlib's record of a stream, at an address that stays: its state points back to it.
struct ZlibStream {
  /// A stream is fed by at most so many bytes at a time: zlib's counters have 32 bits.
  static let largestPiece = Int(UInt32.max)
  /// How much room is made for the output at a time, at most.
  static let roomSize = 16_384

  let pointer: UnsafeMutablePointer<z_stream>

  init() {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: z_stream())
  }

  /// zlib's own number for format and window: RFC 1950 as it is, 16 more for gzip, negative for raw.
  static func windowBits(_ bits: Int, for format: CompressionFormat) -> Int32 {
    switch format {
    case .gzip: Int32(bits) + 16
    case .zlib: Int32(bits)
    case .raw: -Int32(bits)
    }
  }

  /// Points zlib to what is to be read.
  func setInput(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: zlib reads there and never writes; its type lacks `const`.
    pointer.pointee.next_in = UnsafeMutablePointer(
      mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    pointer.pointee.avail_in = UInt32(bytes.count)
  }

  /// Forgets where the input was, since it is the caller's.
  func clearInput() {
    pointer.pointee.next_in = nil
    pointer.pointee.avail_in = 0
  }

  var unreadCount: Int { Int(pointer.pointee.avail_in) }

  /// Whether the last step left no room, so that there may be more to come.
  var isOutputFull: Bool { pointer.pointee.avail_out == 0 }

  /// How much room to make behind the end of `output`.
  /// - Parameters:
  ///   - output: What has room already, which is used first.
  ///   - expected: How many bytes will come, perhaps.
  /// - Returns: 64 bytes at least.
  static func room(in output: [UInt8], expecting expected: Int) -> Int {
    min(max(expected, 64, output.capacity - output.count), roomSize)
  }

  /// Lets `step` write behind the end of `output`.
  /// - Parameters:
  ///   - output: Grows by what was written.
  ///   - room: The most bytes that may be written, at least 1.
  ///   - step: Calls zlib once.
  /// - Returns: What `step` returns.
  func write(
    to output: inout [UInt8], room: Int, _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Int32 {
    var result = Z_OK
    output.append(addingCapacity: room) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in
        // SAFETY: zlib keeps the address no longer than the step, and has written the bytes that it
        // took off the room.
        pointer.pointee.next_out = buffer.baseAddress
        pointer.pointee.avail_out = UInt32(room)
        result = step(pointer)
        pointer.pointee.next_out = nil
        count = room - Int(pointer.pointee.avail_out)
      }
    }
    return result
  }

  /// What zlib says of its last failure.
  var message: String { pointer.pointee.msg.map { String(cString: $0) } ?? "no reason given" }
}
