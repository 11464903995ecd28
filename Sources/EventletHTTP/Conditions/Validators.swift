/// What tells one state of a representation from another (RFC 9110, section 8.8).
///
/// ```swift
/// let current = Validators(entityTag: "v42", modificationDate: 1_700_000_000)
/// ```
public struct Validators: Hashable, Sendable {
  /// The value of `ETag`; nil if there is none.
  public var entityTag: EntityTag?
  /// The value of `Last-Modified`, in seconds since the beginning of 1970; nil if that is not known.
  public var modificationDate: Int?

  /// Creates validators.
  /// - Parameters:
  ///   - entityTag: nil, the default, if there is none.
  ///   - modificationDate: In seconds since the beginning of 1970; nil, the default, if not known.
  public init(entityTag: EntityTag? = nil, modificationDate: Int? = nil) {
    self.entityTag = entityTag
    self.modificationDate = modificationDate
  }
}
