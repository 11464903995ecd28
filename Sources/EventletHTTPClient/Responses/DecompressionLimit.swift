/// How much may come of how little: against a body that is made to fill the memory, or to keep the
/// processor busy.
enum DecompressionLimit {
  /// So much may come of however little.
  private static let unratedCount = 1 << 20

  static func isExceeded(_ decoded: Int, of coded: Int, ratio: Int) -> Bool {
    decoded > unratedCount && decoded / max(1, ratio) > coded
  }
}
