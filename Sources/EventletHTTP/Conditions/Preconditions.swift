public import HTTPTypes

/// The conditions that a request depends on (RFC 9110, section 13): whether a cache is still right,
/// whether nobody else has changed what is to be changed, whether a part still fits.
///
/// ```swift
/// let conditions = Preconditions(of: request)
/// switch conditions.evaluate(method: request.method, current: file.validators) {
/// case .proceed: break
/// case .notModified: return ServerResponse(status: .notModified)
/// case .preconditionFailed: return ServerResponse(status: .preconditionFailed)
/// }
/// ```
///
/// To be asked after everything else that could refuse the request: one that would fail anyway fails
/// without regard to them.
public struct Preconditions: Hashable, Sendable {
  /// What to do with a request.
  public enum Outcome: Hashable, Sendable {
    /// What it asks for.
    case proceed
    /// Answer 304 without a body: the client has it already.
    case notModified
    /// Answer 412, and do nothing.
    case preconditionFailed
  }

  /// The tags of a field.
  private enum Tags: Hashable, Sendable {
    /// `*`: all that there are.
    case any
    case list([EntityTag])
    /// What nobody can say the meaning of.
    case malformed

    init?(_ value: String?) {
      guard let value else { return nil }
      let list = EntityTag.list(parsing: value).map(Tags.list)
      self = value == "*" ? .any : list ?? .malformed
    }

    /// Whether they are of what there is, which may be nothing.
    func contain(_ current: Validators?, by matches: (EntityTag, EntityTag) -> Bool) -> Bool {
      switch self {
      case .any: return current != nil
      case .list(let tags):
        guard let tag = current?.entityTag else { return false }
        return tags.contains { matches($0, tag) }
      case .malformed: return false
      }
    }
  }

  private enum Range: Hashable, Sendable {
    case tag(EntityTag)
    case date(Int)
    case malformed
  }

  private let ifMatch: Tags?
  private let ifNoneMatch: Tags?
  private let ifModifiedSince: Int?
  private let ifUnmodifiedSince: Int?
  private let ifRange: Range?

  /// Reads the conditions of a request.
  ///
  /// Dates are in seconds since the beginning of 1970, and nil where there is none, or text that is no
  /// date: such a condition does not count, but for that of `If-Range`, which does not hold then.
  /// - Parameters:
  ///   - fields: Of the request.
  ///   - ifModifiedSince: The date in the field `If-Modified-Since`.
  ///   - ifUnmodifiedSince: The date in the field `If-Unmodified-Since`.
  ///   - ifRangeDate: The date in the field `If-Range`, which may have a tag instead.
  public init(
    _ fields: HTTPFields, ifModifiedSince: Int? = nil, ifUnmodifiedSince: Int? = nil,
    ifRangeDate: Int? = nil
  ) {
    ifMatch = Tags(fields[.ifMatch])
    ifNoneMatch = Tags(fields[.ifNoneMatch])
    self.ifModifiedSince = ifModifiedSince
    self.ifUnmodifiedSince = ifUnmodifiedSince
    ifRange = fields[.ifRange].map { value in
      EntityTag(parsing: value).map(Range.tag) ?? ifRangeDate.map(Range.date) ?? .malformed
    }
  }

  /// Says what to do with a request, by the order of RFC 9110, section 13.2.2.
  ///
  /// A list of tags that is malformed holds for nothing: neither does `If-Match` with such a list, nor
  /// `If-None-Match` for a method that changes something.
  /// - Parameters:
  ///   - method: Conditions do not count for CONNECT, OPTIONS and TRACE; a cache is for GET and HEAD.
  ///   - current: Of what the request is about; nil if there is no such thing yet.
  /// - Returns: What to do.
  public func evaluate(method: HTTPRequest.Method, current: Validators?) -> Outcome {
    if [.connect, .options, .trace].contains(method) { return .proceed }
    if let ifMatch {
      guard ifMatch.contain(current, by: { $0.matchesStrongly($1) }) else {
        return .preconditionFailed
      }
    } else if let ifUnmodifiedSince, let date = current?.modificationDate {
      guard date <= ifUnmodifiedSince else { return .preconditionFailed }
    }
    let isForReading = method == .get || method == .head
    if let ifNoneMatch {
      if ifNoneMatch == .malformed { return isForReading ? .proceed : .preconditionFailed }
      if ifNoneMatch.contain(current, by: { $0.matchesWeakly($1) }) {
        return isForReading ? .notModified : .preconditionFailed
      }
    } else if isForReading, let ifModifiedSince, let date = current?.modificationDate {
      if date <= ifModifiedSince { return .notModified }
    }
    return .proceed
  }

  /// Whether the field `Range` of a request counts, for one that is to ``Outcome/proceed``.
  ///
  /// If not, the whole representation is to be sent, since the part that the client has is of another
  /// one. A tag has to be strong, and a date exactly that of the last modification: whether it is fine
  /// enough to tell two states apart is for the client to know (RFC 9110, section 13.1.5).
  /// - Parameters:
  ///   - method: Parts are for GET.
  ///   - current: Of what the request is about.
  /// - Returns: Whether to look at `Range`, which need not be there.
  public func allowsRange(method: HTTPRequest.Method, current: Validators) -> Bool {
    guard method == .get else { return false }
    switch ifRange {
    case nil: return true
    case .tag(let tag): return current.entityTag.map(tag.matchesStrongly) ?? false
    case .date(let date): return current.modificationDate == date
    case .malformed: return false
    }
  }
}
