internal import HTTPTypes

extension Preconditions {
  /// Reads the conditions of a request.
  ///
  /// ```swift
  /// let conditions = Preconditions(of: request)
  /// if conditions.evaluate(method: request.method, current: document.validators) == .notModified {
  ///   return .status(.notModified)
  /// }
  /// ```
  public init(of request: ServerRequest) {
    let fields = request.headerFields
    func date(_ name: HTTPField.Name) -> Int? {
      fields[name].flatMap { HTTPDate(parsing: $0) }?.secondsSinceEpoch
    }
    self.init(
      fields, ifModifiedSince: date(.ifModifiedSince), ifUnmodifiedSince: date(.ifUnmodifiedSince),
      ifRangeDate: date(.ifRange))
  }
}
