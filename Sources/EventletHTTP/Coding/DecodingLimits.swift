/// How much may come of the codings of one body: against one that is made to fill the memory, or to
/// keep the processor busy.
final class DecodingLimits {
  /// So much may come of however little: it takes neither much memory nor much time.
  static let unratedCount = 1 << 20

  /// The most bytes that may come out; nil is any number.
  var size: Int?
  /// How many times more may come out than has gone in, of more than ``unratedCount``.
  let maximumRatio: Int
  /// How much has gone in.
  var encodedCount = 0

  init(size: Int?, maximumRatio: Int) {
    self.size = size
    self.maximumRatio = maximumRatio
  }

  /// Checks how much has come out of one of the codings.
  func check(_ count: Int) throws(RequestError) {
    if let size, count > size { throw RequestError(.bodyTooLong(limit: size)) }
    if count > Self.unratedCount, count / maximumRatio > encodedCount {
      throw RequestError(.bodyExpandsTooMuch(maximumRatio: maximumRatio))
    }
  }
}
