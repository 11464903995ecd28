/// Something that holds for whatever a client sends does not hold.
struct Violation: Error, CustomStringConvertible {
  let description: String
}

/// - Throws: ``Violation``, described by `what`, unless the condition holds.
func demand(_ holds: Bool, _ what: @autoclosure () -> String) throws(Violation) {
  if !holds { throw Violation(description: what()) }
}

/// How many bytes are there each time that some have come, in pieces whose lengths the bytes choose
/// themselves: so a fuzzer can look for those that matter.
func arrivals(of bytes: [UInt8]) -> [Int] {
  var counts: [Int] = []
  var count = 0
  while count < bytes.count {
    count = min(count + 1 + Int(bytes[count] & 15), bytes.count)
    counts.append(count)
  }
  return counts
}
