import Testing

@testable import EventletWebSocket

@Suite struct MaskingTests {
  private static let key: UInt32 = 0xD4C3_B2A1

  /// RFC 6455, 5.3, as it is told there.
  private func masked(_ bytes: [UInt8], _ key: [UInt8], from offset: Int) -> [UInt8] {
    bytes.enumerated().map { index, byte in byte ^ key[(offset + index) % 4] }
  }

  @Test func everyLengthOffsetAndAlignment() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 320, alignment: 64)
    defer { memory.deallocate() }
    for count in 0...300 {
      let payload = Array(bytes[..<count])
      for offset in 0...7 {
        let expected = masked(payload, [0xA1, 0xB2, 0xC3, 0xD4], from: offset)
        for alignment in 0..<8 {
          let rest = memory.count - alignment - count
          let image = around(alignment) + expected + around(rest)
          let isRight =
            maskInPlace(memory, payload, alignment, offset, gives: image)
            && maskElsewhere(memory, payload, alignment, offset, gives: image)
          if !isRight { Issue.record("\(count) bytes at \(alignment), offset \(offset)") }
        }
      }
    }
  }

  private func around(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x5A, count: count) }

  private func maskInPlace(
    _ memory: UnsafeMutableRawBufferPointer, _ payload: [UInt8], _ alignment: Int, _ offset: Int,
    gives image: [UInt8]
  ) -> Bool {
    memory.copyBytes(from: around(memory.count))
    let place = UnsafeMutableRawBufferPointer(
      rebasing: memory[alignment..<alignment + payload.count])
    place.copyBytes(from: payload)
    Masking.apply(Self.key, to: place, from: offset)
    return Array(memory) == image
  }

  private func maskElsewhere(
    _ memory: UnsafeMutableRawBufferPointer, _ payload: [UInt8], _ alignment: Int, _ offset: Int,
    gives image: [UInt8]
  ) -> Bool {
    memory.copyBytes(from: around(memory.count))
    payload.withUnsafeBytes { payload in
      guard let target = memory.baseAddress else { return }
      Masking.copy(payload, to: target + alignment, Self.key, from: offset)
    }
    return Array(memory) == image
  }

  @Test func aKeyOfZerosChangesNothing() {
    let bytes = (0..<100).map { UInt8($0) }
    var same = bytes
    same.withUnsafeMutableBytes { Masking.apply(0, to: $0, from: 3) }
    #expect(same == bytes)
    var copy = [UInt8](repeating: 1, count: 100)
    copy.withUnsafeMutableBytes { copy in
      bytes.withUnsafeBytes { if let target = copy.baseAddress { Masking.copy($0, to: target, 0) } }
    }
    #expect(copy == bytes)
  }

  @Test func twiceIsNotAtAll() {
    let text = Array("Grüße an alle".utf8)
    var bytes = text
    bytes.withUnsafeMutableBytes { Masking.apply(Self.key, to: $0, from: 1) }
    #expect(bytes != text)
    bytes.withUnsafeMutableBytes { Masking.apply(Self.key, to: $0, from: 1) }
    #expect(bytes == text)
  }

  // RFC 6455, 5.7: a masked "Hello".
  @Test func theExampleOfTheRFC() {
    var bytes: [UInt8] = [0x7F, 0x9F, 0x4D, 0x51, 0x58]
    let key = ([0x37, 0xFA, 0x21, 0x3D] as [UInt8]).withUnsafeBytes { $0.load(as: UInt32.self) }
    bytes.withUnsafeMutableBytes { Masking.apply(key, to: $0) }
    #expect(String(decoding: bytes, as: UTF8.self) == "Hello")
  }
}
