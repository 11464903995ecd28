/// How bytes arrive: in pieces whose lengths they choose themselves.
enum Arrivals {
  /// How many bytes are there each time that some have come.
  static func counts(of bytes: [UInt8]) -> [Int] {
    var counts: [Int] = []
    var count = 0
    while count < bytes.count {
      count = min(count + 1 + Int(bytes[count] & 15), bytes.count)
      counts.append(count)
    }
    return counts
  }
}
