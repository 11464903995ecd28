internal import HTTPTypes

extension ServerRequest {
  /// The cookies that the client has sent, read anew each time.
  public var cookies: Cookies { Cookies(in: headerFields) }

  /// Reads the body as a form, of either kind that browsers send.
  ///
  /// ```swift
  /// let form = try request.readForm()
  /// let name = form.fields["name"]
  /// ```
  ///
  /// Files are held in memory, within the limits; ``makeMultipartReader(limits:)`` streams them.
  /// - Parameter limits: Of a form with files; those of other forms are 1000 fields and 1 MiB.
  /// - Returns: its fields and files.
  /// - Throws: ``FormError``, which answers with 400, 413 or 415; as ``RequestBody/receive(into:)``.
  ///
  /// In Python: `cgi.FieldStorage`.
  public func readForm(
    limits: MultipartForm.Limits = MultipartForm.Limits()
  ) throws -> MultipartForm {
    let type = self[.contentType].flatMap { MediaType(parsing: $0) }
    guard type?.essence == "application/x-www-form-urlencoded" else {
      return try makeMultipartReader().readForm(limits: limits)
    }
    do {
      return MultipartForm(fields: try FormFields(parsing: try body.readAll(limit: 1 << 20)))
    } catch let error as RequestError {
      guard case .bodyTooLong(let limit) = error.reason else { throw error }
      throw FormError.tooLarge(limit: limit)
    }
  }

  /// Reads the body as `multipart/form-data`, part by part as it comes.
  /// ```swift
  /// let reader = try request.makeMultipartReader()
  /// while let part = try reader.nextPart() { print(part.name ?? "", part.filename ?? "") }
  /// ```
  ///
  /// ``RequestBody/limit`` is for the whole body, 16 MiB by default: raise it for large files.
  /// - Parameter limits: Of everything but the parts' content.
  /// - Returns: a reader of the parts.
  /// - Throws: ``FormError`` when the body is of another type.
  public func makeMultipartReader(
    limits: MultipartParser.Limits = MultipartParser.Limits()
  ) throws(FormError) -> MultipartReader {
    try MultipartReader(body, contentType: self[.contentType], limits: limits)
  }
}
