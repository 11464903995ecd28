/// Something that holds for whatever a peer sends does not hold.
struct PropertyViolation: Error, CustomStringConvertible {
  let description: String

  static func demand(
    _ holds: Bool, _ what: @autoclosure () -> String
  ) throws(PropertyViolation) {
    if !holds { throw PropertyViolation(description: what()) }
  }
}
