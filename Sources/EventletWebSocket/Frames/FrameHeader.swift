/// What comes before a frame's payload (RFC 6455, 5.2).
struct FrameHeader: Hashable {
  /// The most bytes that one has.
  static let mostBytes = 14
  /// The most bytes of payload that a control frame has (5.5).
  static let mostControlPayload = 125

  var isFinal: Bool
  /// The first of the three reserved bits, which permessage-deflate uses (RFC 7692, 6).
  var isCompressed = false
  var opcode: Opcode
  /// As it lies in memory; nil if the payload is not masked.
  var maskingKey: UInt32?
  var payloadCount: Int
}

// MARK: Reading

extension FrameHeader {
  /// What a header must be like.
  struct Rules {
    /// Clients mask, servers do not (5.1).
    var isMasked: Bool
    var mayBeCompressed: Bool
    var maxPayloadCount: Int
  }

  /// Reads a header at the beginning of `bytes`.
  /// - Returns: nil if there is more to come; else the header, and how many bytes it has.
  @inline(__always)
  static func parse(
    _ bytes: UnsafeRawBufferPointer, _ rules: Rules
  ) throws(ProtocolViolation) -> (header: FrameHeader, byteCount: Int)? {
    // What two bytes show to be wrong is not waited for.
    guard bytes.count >= 2 else { return nil }
    let first = bytes[0]
    let second = bytes[1]
    guard let opcode = Opcode(rawValue: first & 0x0F), first & 0x30 == 0 else {
      throw unusable(first)
    }
    let isFinal = first & 0x80 != 0
    let isCompressed = first & 0x40 != 0
    if isCompressed, !rules.mayBeCompressed || opcode.isControl || opcode == .continuation {
      throw unusable(first)
    }
    let isMasked = second & 0x80 != 0
    guard isMasked == rules.isMasked else {
      throw ProtocolViolation(isMasked ? "a frame with a mask" : "a frame without a mask")
    }
    var payloadCount = Int(second & 0x7F)
    if opcode.isControl {
      guard isFinal else { throw ProtocolViolation("a fragmented control frame") }
      guard payloadCount <= mostControlPayload else {
        throw ProtocolViolation("a control frame of over \(mostControlPayload) bytes")
      }
    }
    var position = 2
    if payloadCount >= 126 {
      let width = payloadCount == 126 ? 2 : 8
      guard bytes.count >= position + width else { return nil }
      payloadCount = try longCount(bytes, width)
      position += width
    }
    // Before the key has come: what is too long is refused at once.
    if payloadCount > rules.maxPayloadCount {
      throw .tooBig("frame", payloadCount, limit: rules.maxPayloadCount)
    }
    var key: UInt32?
    if isMasked {
      guard bytes.count >= position + 4 else { return nil }
      key = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      position += 4
    }
    let header = FrameHeader(
      isFinal: isFinal, isCompressed: isCompressed, opcode: opcode, maskingKey: key,
      payloadCount: payloadCount)
    return (header, position)
  }

  /// A length of more than seven bits, in the shortest form there is for it.
  private static func longCount(
    _ bytes: UnsafeRawBufferPointer, _ width: Int
  ) throws(ProtocolViolation) -> Int {
    if width == 2 {
      let count = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      guard count >= 126 else { throw ProtocolViolation("a length that is longer than need be") }
      return Int(count)
    }
    let count = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
    guard count >> 63 == 0 else { throw ProtocolViolation("a length with its highest bit set") }
    guard count >= 65536 else { throw ProtocolViolation("a length that is longer than need be") }
    return Int(count)
  }

  private static func unusable(_ first: UInt8) -> ProtocolViolation {
    if first & 0x70 != 0 { return ProtocolViolation("a reserved bit is set") }
    return ProtocolViolation("a frame of the unknown kind \(first & 0x0F)")
  }
}

// MARK: Writing

extension FrameHeader {
  /// How many bytes it has.
  var byteCount: Int {
    let length = payloadCount < 126 ? 2 : payloadCount < 65536 ? 4 : 10
    return maskingKey == nil ? length : length + 4
  }

  /// Writes it, in the shortest form.
  ///
  /// There must be room for ``byteCount`` bytes.
  @inline(__always)
  func write(to place: UnsafeMutableRawPointer) {
    let flags: UInt8 = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0)
    place.storeBytes(of: flags | opcode.rawValue, as: UInt8.self)
    let mask: UInt8 = maskingKey == nil ? 0 : 0x80
    var position = 2
    if payloadCount < 126 {
      place.storeBytes(of: mask | UInt8(payloadCount), toByteOffset: 1, as: UInt8.self)
    } else if payloadCount < 65536 {
      place.storeBytes(of: mask | 126, toByteOffset: 1, as: UInt8.self)
      place.storeBytes(of: UInt16(payloadCount).bigEndian, toByteOffset: 2, as: UInt16.self)
      position = 4
    } else {
      place.storeBytes(of: mask | 127, toByteOffset: 1, as: UInt8.self)
      place.storeBytes(of: UInt64(payloadCount).bigEndian, toByteOffset: 2, as: UInt64.self)
      position = 10
    }
    if let maskingKey {
      place.storeBytes(of: maskingKey, toByteOffset: position, as: UInt32.self)
    }
  }
}
