import EventletTesting
import Testing

@testable import EventletWebSocket

@Suite struct FrameHeaderTests {
  private static let server = rules(isMasked: true)
  private static let client = rules(isMasked: false)

  private static func rules(
    isMasked: Bool, mayBeCompressed: Bool = false, maxPayloadCount: Int = .max
  ) -> FrameHeader.Rules {
    FrameHeader.Rules(
      isMasked: isMasked, mayBeCompressed: mayBeCompressed, maxPayloadCount: maxPayloadCount)
  }

  private func parse(
    _ bytes: [UInt8], _ rules: FrameHeader.Rules
  ) throws(ProtocolViolation) -> (header: FrameHeader, byteCount: Int)? {
    try bytes.withUnsafeBufferPointer { bytes throws(ProtocolViolation) in
      try FrameHeader.parse(UnsafeRawBufferPointer(bytes), rules)
    }
  }

  private func violation(_ bytes: [UInt8], _ rules: FrameHeader.Rules) -> ProtocolViolation? {
    do {
      _ = try parse(bytes, rules)
      return nil
    } catch { return error }
  }

  private func written(_ header: FrameHeader) -> [UInt8] {
    // More room than need be: nothing is written behind the header's end.
    var bytes = [UInt8](repeating: 0xA5, count: FrameHeader.mostBytes + 1)
    bytes.withUnsafeMutableBytes { bytes in
      if let place = bytes.baseAddress { header.write(to: place) }
    }
    #expect(bytes[header.byteCount...].allSatisfy { $0 == 0xA5 })
    return Array(bytes.prefix(header.byteCount))
  }

  // Eventlet: WS37, WS42 [!]
  @Test(arguments: [false, true], [false, true])
  func twoBytesAreTakenOrRefusedByTheTableOfTheRFC(isMasked: Bool, mayBeCompressed: Bool) throws {
    let rules = Self.rules(isMasked: isMasked, mayBeCompressed: mayBeCompressed)
    // All of them once; then those that may make a difference.
    let all = isMasked && !mayBeCompressed
    let seconds = all ? Array(UInt8.min ... .max) : [0, 1, 125, 126, 127, 128, 129, 253, 254, 255]
    for first in UInt8.min ... .max {
      for second in seconds {
        let expected = Self.reasonAgainst(first, second, rules)
        let found = violation([first, second], rules)
        if found?.reason != expected || found != nil && found?.code != .protocolError {
          Issue.record("\(first), \(second): \(found.debugDescription), not \(expected ?? "none")")
        }
      }
    }
  }

  /// RFC 6455, 5.1, 5.2 and 5.5; RFC 7692, 6.
  private static func reasonAgainst(
    _ first: UInt8, _ second: UInt8, _ rules: FrameHeader.Rules
  ) -> String? {
    let opcode = first & 15
    let isFirstOfMessage = opcode == 1 || opcode == 2
    if first & 0x30 != 0 || first & 0x40 != 0 && !(rules.mayBeCompressed && isFirstOfMessage) {
      return "a reserved bit is set"
    }
    if opcode & 7 > 2 { return "a frame of the unknown kind \(opcode)" }
    if second >= 128 && !rules.isMasked { return "a frame with a mask" }
    if second < 128 && rules.isMasked { return "a frame without a mask" }
    if opcode >= 8 && first < 128 { return "a fragmented control frame" }
    if opcode >= 8 && second % 128 > 125 { return "a control frame of over 125 bytes" }
    return nil
  }

  // Eventlet: WS24
  @Test(
    arguments: [
      (0, [0x00]), (1, [0x01]), (125, [0x7D]), (126, [0x7E, 0x00, 0x7E]),
      (127, [0x7E, 0x00, 0x7F]),
      (65_535, [0x7E, 0xFF, 0xFF]), (65_536, [0x7F, 0, 0, 0, 0, 0, 1, 0, 0]),
      (1 << 32, [0x7F, 0, 0, 0, 1, 0, 0, 0, 0]),
      (.max, [0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    ] as [(Int, [UInt8])])
  func lengthsHaveThreeForms(count: Int, form: [UInt8]) throws {
    let header = FrameHeader(isFinal: true, opcode: .binary, payloadCount: count)
    #expect(written(header) == [0x82] + form)
    let found = try #require(try parse([0x82] + form, Self.client))
    #expect(found.header == header)
    #expect(found.byteCount == 1 + form.count)

    // As it lies in memory, with the flag in the byte of the length.
    let masked = FrameHeader(
      isFinal: true, opcode: .binary, maskingKey: 0x0403_0201, payloadCount: count)
    let bytes = [0x82, form[0] | 0x80] + form.dropFirst() + [1, 2, 3, 4]
    #expect(written(masked) == bytes)
    #expect(try parse(bytes, Self.server)?.header == masked)
  }

  // Eventlet: WS24
  @Test(
    arguments: [
      [0x7E, 0x00, 0x00], [0x7E, 0x00, 0x7D], [0x7F, 0, 0, 0, 0, 0, 0, 0, 0],
      [0x7F, 0, 0, 0, 0, 0, 0, 0, 125], [0x7F, 0, 0, 0, 0, 0, 0, 0, 126],
      [0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
    ] as [[UInt8]])
  func aLengthThatIsLongerThanNeedBeIsRefused(form: [UInt8]) {
    let expected = ProtocolViolation(.protocolError, "a length that is longer than need be")
    #expect(violation([0x82] + form, Self.client) == expected)
    #expect(violation([0x82, form[0] | 0x80] + form.dropFirst(), Self.server) == expected)
  }

  @Test(arguments: [0x80, 0xFF] as [UInt8])
  func theHighestBitOfALengthIsZero(top: UInt8) {
    let found = violation([0x82, 0x7F, top] + [UInt8](repeating: 0xFF, count: 7), Self.client)
    #expect(found == ProtocolViolation(.protocolError, "a length with its highest bit set"))
  }

  // Eventlet: WS38
  @Test(arguments: [0, 1, 124, 125, 126, 50_000, 65_535, 65_536, 1 << 40])
  func tooLongAFrameIsRefusedBeforeItsKeyArrives(limit: Int) throws {
    for isMasked in [false, true] {
      let rules = Self.rules(isMasked: isMasked, maxPayloadCount: limit)
      let key: UInt32? = isMasked ? 0 : nil
      let allowed = FrameHeader(
        isFinal: true, opcode: .text, maskingKey: key, payloadCount: limit)
      #expect(try parse(written(allowed), rules)?.header == allowed)

      var header = allowed
      header.payloadCount += 1
      let bytes = Array(written(header).dropLast(isMasked ? 4 : 0))
      let found = try #require(violation(bytes, rules))
      #expect(found.code == .messageTooBig)
      #expect(found.reason == "a frame of \(limit + 1) bytes, at most \(limit) are taken")
      #expect(violation(bytes.dropLast(), rules) == nil)
    }
  }

  @Test func whatIsWrittenIsReadAsTheSame() throws {
    var numbers = SplitMix64()
    for round in 0..<20_000 {
      let opcode = try #require(
        [Opcode.continuation, .text, .binary].randomElement(using: &numbers))
      var header = FrameHeader(
        isFinal: .random(using: &numbers), opcode: opcode,
        payloadCount: Int(numbers.next() >> UInt64.random(in: 1...63, using: &numbers)))
      if opcode != .continuation { header.isCompressed = .random(using: &numbers) }
      if Bool.random(using: &numbers) {
        header.maskingKey = UInt32(truncatingIfNeeded: numbers.next())
      }
      let rules = Self.rules(isMasked: header.maskingKey != nil, mayBeCompressed: true)
      let bytes = written(header)
      let found = try #require(try parse(bytes + [1, 2, 3], rules), "\(round): \(header)")
      #expect(found.header == header && found.byteCount == bytes.count, "\(round): \(header)")
      for count in bytes.indices {
        #expect(try parse(Array(bytes[..<count]), rules) == nil, "\(round): \(header), \(count)")
      }
    }
  }
}
