internal import EventletCore

/// How much of everything a server takes from a client.
///
/// A request that exceeds a limit is refused with the status that says so, and the connection is
/// closed. Every limit is on by default.
///
/// ```swift
/// var limits = HTTPLimits()
/// limits.body = 1 << 30
/// ```
///
/// In Python: `url_length_limit`, `MAX_HEADER_LINE`, `MAX_TOTAL_HEADER_SIZE`.
public struct HTTPLimits: Hashable, Sendable {
  /// A request line, line ending included, must be shorter: 8192 bytes by default; else 414.
  public var requestLine = 8192
  /// A line of a field, line ending included, must be shorter: 8192 bytes by default; else 431.
  public var fieldLine = 8192
  /// All lines of fields together: 65,536 bytes by default; else 431.
  public var fields = 65_536
  /// How many fields a request may have: 100 by default, and 65,534 at most; else 431.
  public var fieldCount = 100
  /// How many bytes of a body are read: 16 MiB by default; else 413; nil is any number.
  ///
  /// The handler can change it for its request, see ``RequestBody/limit``.
  public var body: Int? = 16 << 20
  /// How many bytes a chunked body may have beside its data in the lines of its chunks and
  /// trailers: 64 KiB by default; else 400.
  ///
  /// Sizes do not count, extensions do.
  public var chunkOverhead = 65_536
  /// How many bytes of a body that the handler has not read are thrown away: 256 KiB by default.
  ///
  /// So that the connection can be used for another request. When there are more it is closed.
  public var discardedBody = 262_144

  /// Creates limits as they are by default.
  public init() {}

  /// Traps when a limit would let a client end the process.
  func check() {
    // HTTPFields has room for no more, and a negative number is never reached.
    require(
      (0...65_534).contains(fieldCount), "HTTPLimits: fieldCount \(fieldCount) is not in 0...65534")
  }
}
