public import HTTPTypes

extension MultipartParser {
  /// What comes next in the body.
  public enum Event: Hashable, Sendable {
    /// A part begins, with these fields.
    case partBegins(HTTPFields)
    /// Some content of the part, never empty.
    case data([UInt8])
    /// The part ends.
    case partEnds
    /// The last part has ended, and this event comes again and again.
    case end
  }

  /// How much a body may have of everything but content.
  public struct Limits: Hashable, Sendable {
    /// The most parts: 1000 by default.
    public var maxPartCount = 1000
    /// The most bytes before the content of one part: 16 KiB by default, 128 KiB at most.
    public var maxPartFieldsSize = 16_384

    /// Creates the default limits.
    public init() {}
  }
}
