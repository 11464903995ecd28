import EventletTesting
@testable import EventletWebSocket

/// What a peer might send that mostly, but not always, keeps to the protocol.
struct RandomStream {
  private static let texts = [
    "", "a", "Grüße", "€", "🥊", "κόσμε", String(repeating: "long ", count: 40),
  ]

  private var numbers: SplitMix64
  private let settings: ParserSettings
  private var isInMessage = false
  private(set) var bytes: [UInt8] = []

  init(seed: UInt64, _ settings: ParserSettings) {
    numbers = SplitMix64(seed: seed)
    self.settings = settings
    for _ in 0..<Int.random(in: 0...8, using: &numbers) { append() }
    if oneIn(3) { damage() }
    if oneIn(3) { bytes.removeLast(Int.random(in: 0...min(bytes.count, 20), using: &numbers)) }
  }

  /// How many bytes are there each time that some have come.
  func arrivals() -> [Int] {
    var numbers = numbers
    var counts: [Int] = []
    var count = 0
    while count < bytes.count {
      count = min(
        count + Int.random(in: 1...[1, 3, 30, 300][Int(numbers.next() % 4)], using: &numbers),
        bytes.count)
      counts.append(count)
    }
    return counts
  }

  private mutating func oneIn(_ count: Int) -> Bool {
    Int.random(in: 1...count, using: &numbers) == 1
  }

  private mutating func append() {
    let key: [UInt8]? =
      settings.isMasked != oneIn(100)
      ? withUnsafeBytes(of: numbers.next()) { Array($0.prefix(4)) } : nil
    bytes += (oneIn(3) ? control() : data()).bytes(key: key)
  }

  private mutating func control() -> RawFrame {
    if oneIn(4) {
      let code: UInt16 = [1000, 1001, 1005, 1014, 1015, 2999, 3000, 4999][Int(numbers.next() % 8)]
      return .close(code, Self.texts.dropLast().randomElement(using: &numbers) ?? "")
    }
    return RawFrame(
      opcode: [8, 9, 9, 10][Int(numbers.next() % 4)],
      payload: [UInt8](repeating: 0x70, count: [0, 0, 1, 5, 125, 126][Int(numbers.next() % 6)]))
  }

  private mutating func data() -> RawFrame {
    let isContinuation = isInMessage != oneIn(50)
    let isFinal = !oneIn(3)
    isInMessage = !isFinal
    var payload = Array((Self.texts.randomElement(using: &numbers) ?? "").utf8)
    // In the middle of a character, perhaps.
    if oneIn(8), !payload.isEmpty { payload.removeLast() }
    if oneIn(8) { payload = [0x80, 0xBF] + payload }
    return RawFrame(
      flags: isFinal ? 0x80 : 0, opcode: isContinuation ? 0 : oneIn(3) ? 2 : 1, payload: payload)
  }

  private mutating func damage() {
    guard let index = bytes.indices.randomElement(using: &numbers) else { return }
    bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
  }
}
