/// A ``Barrier`` that its parties cannot pass together.
///
/// In Python: `threading.BrokenBarrierError`.
public enum BarrierError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A party was killed or ran out of time while it waited, or the barrier was aborted or reset.
  case broken

  /// A short text.
  public var description: String { "barrier broken" }
}
