/// How much may come of how little: against a body that is made to fill the memory, or to keep the
/// processor busy.
enum DecompressionLimit {
  /// So much may come of however little.
  static let unratedCount = 1 << 20
  /// libcurl counts what came of a piece after it has handed it over.
  private static let uncounted = HandleSetup.bufferSize

  static func isExceeded(received: Int, encoded: Int, ratio: Int) -> Bool {
    received / max(1, ratio) > encoded + uncounted
  }
}
