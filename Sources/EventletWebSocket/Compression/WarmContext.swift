/// One direction of a connection that may keep its state between two messages; the
/// ``DeflatePool`` decides for how long.
class WarmContext {
  // Exclusivity checking is off here and in the classes around it: no access spans a switch.

  /// Its place among those that the pool may take the state of; nil in the middle of a message, and
  /// without a state.
  @exclusivity(unchecked) final var place: Int?
  /// When it was used last, as the pool counts.
  @exclusivity(unchecked) final var lastUse: UInt64 = 0

  /// Gives the state back to the pool, and keeps what little it needs to go on.
  ///
  /// Between two messages only.
  func freeze() {}
}
