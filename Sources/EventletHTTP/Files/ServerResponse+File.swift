public import HTTPTypes

extension ServerResponse {
  /// A file, of which the client gets what it asks for: all of it, some parts, or that it has it.
  ///
  /// ```swift
  /// router.get("/report") { request in try .file("/srv/report.pdf", for: request) }
  /// ```
  ///
  /// To GET and HEAD, conditions and `Range` are obeyed: the answer may be 200, 206, 304, 412 or 416.
  /// To other methods it is 200 with all of it. See ``ResponseBody/file(_:range:)`` for what comes of
  /// a file that changes meanwhile.
  ///
  /// For paths of the program's own. What a client may choose is for ``StaticFiles``.
  /// - Parameters:
  ///   - path: Relative ones begin at the program's working directory.
  ///   - request: What is answered.
  ///   - contentType: nil, the default, is what ``MediaTypes/standard`` says of the name.
  ///   - headerFields: Others; none by default. An `ETag` or `Last-Modified` among them is taken
  ///     instead of the file's own.
  /// - Returns: a response.
  /// - Throws: as ``OpenedFile/open(_:)``; a ``FileAccessError`` is answered with its status.
  public static func file(
    _ path: String, for request: ServerRequest, contentType: String? = nil,
    headerFields: HTTPFields = HTTPFields()
  ) throws -> ServerResponse {
    file(
      try OpenedFile.open(path), for: request, contentType: contentType, headerFields: headerFields)
  }

  /// A file that is open, of which the client gets what it asks for.
  /// - Parameters:
  ///   - file: What to send. Closed when the response has been sent or forgotten, unless somebody else
  ///     keeps it.
  ///   - request: As for a path.
  ///   - contentType: As for a path.
  ///   - headerFields: As for a path.
  /// - Returns: a response.
  public static func file(
    _ file: OpenedFile, for request: ServerRequest, contentType: String? = nil,
    headerFields: HTTPFields = HTTPFields()
  ) -> ServerResponse {
    var response = ServerResponse(headerFields: headerFields, body: .file(file))
    if response.headerFields[.contentType] == nil {
      response.headerFields[.contentType] =
        contentType ?? MediaTypes.standard.type(ofFileNamed: file.path)
    }
    guard request.method == .get || request.method == .head else { return response }
    let current = response.addValidators(of: file)
    response.headerFields[.acceptRanges] = "bytes"
    let conditions = Preconditions(of: request)
    switch conditions.evaluate(method: request.method, current: current) {
    case .notModified: return response.asNotModified
    case .preconditionFailed: return HTTPError(.preconditionFailed).response
    case .proceed: break
    }
    if conditions.allowsRange(method: request.method, current: current) {
      response.select(ByteRange.select(request[.range], ofSize: file.size), of: file)
    }
    return response
  }

  /// - Returns: what conditions are held against.
  private mutating func addValidators(of file: OpenedFile) -> Validators {
    if headerFields[.eTag] == nil { headerFields[.eTag] = "\(file.entityTag)" }
    if headerFields[.lastModified] == nil {
      // A clock that was wrong, or an archive: it is not to be later than now (RFC 9110, 8.8.2.1).
      let date = min(HTTPDate(secondsSinceEpoch: file.modificationDate), .now)
      headerFields[.lastModified] = "\(date)"
    }
    return validators
  }

  /// Makes it one with the parts that the client wants.
  private mutating func select(_ selection: ByteRange.Selection, of file: OpenedFile) {
    switch selection {
    case .whole: return
    case .unsatisfiable:
      self = HTTPError(.rangeNotSatisfiable).response
      headerFields[.acceptRanges] = "bytes"
      headerFields[.contentRange] = ByteRange.unsatisfiedContentRange(ofSize: file.size)
    case .parts(let ranges) where ranges.count == 1:
      status = .partialContent
      headerFields[.contentRange] = ranges[0].contentRange(ofSize: file.size)
      body = .file(file, range: ranges[0])
    case .parts(let ranges):
      let parts = MultipartByteRanges(ranges, of: file, contentType: headerFields[.contentType])
      status = .partialContent
      headerFields[.contentType] = parts.contentType
      body = parts.body
    }
  }
}
