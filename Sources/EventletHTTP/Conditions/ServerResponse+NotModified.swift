internal import HTTPTypes

extension ServerResponse {
  /// What tells a client that it has this already.
  ///
  /// Has the fields by which a cache renews what it keeps, and all that has nothing to do with the
  /// body, but not those that describe the body (RFC 9110, section 15.4.5).
  var asNotModified: ServerResponse {
    let described: [HTTPField.Name] = [
      .contentType, .contentLength, .contentEncoding, .contentLanguage, .contentDisposition,
      .acceptRanges,
    ]
    var fields = headerFields
    for name in described { fields[name] = nil }
    return ServerResponse(status: .notModified, headerFields: fields)
  }
}
