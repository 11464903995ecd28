public import EventletHTTP
internal import HTTPTypes

extension ServerRequest {
  /// Reads the body as JSON.
  ///
  /// ```swift
  /// router.post("/orders") { request in
  ///   let order = try request.readJSON(Order.self)
  ///   return try .json(store.add(order), status: .created)
  /// }
  /// ```
  ///
  /// The body must say that it is `application/json`, or a type that ends in `+json`; a charset other
  /// than UTF-8 is refused. So a page of another site cannot have a browser send it without asking
  /// first.
  /// - Parameters:
  ///   - type: Of the value.
  ///   - limit: The most bytes to take; nil, the default, leaves it at ``JSONCoding/sizeLimit``.
  ///   - coding: How to read; ``JSONCoding/standard`` by default.
  /// - Returns: the value.
  /// - Throws: ``JSONError``, which answers with 400, 413, 415 or 422; as `RequestBody.readAll`, a
  ///   kill or timeout among it; what the type's own `init(from:)` throws, other than a
  ///   `DecodingError`.
  public func readJSON<Value: Decodable>(
    _ type: Value.Type = Value.self, limit: Int? = nil, coding: JSONCoding = .standard
  ) throws -> Value {
    let sent = self[.contentType]
    guard let mediaType = sent.flatMap({ MediaType(parsing: $0) }), mediaType.isJSON else {
      throw JSONError.unsupportedType(sent)
    }
    let bytes: [UInt8]
    do { bytes = try body.readAll(limit: limit ?? coding.sizeLimit) } catch let error
      as RequestError
    {
      guard case .bodyTooLong(let limit) = error.reason else { throw error }
      throw JSONError.tooLarge(limit: limit)
    }
    return try coding.decode(type, from: bytes)
  }
}

extension MediaType {
  /// RFC 8259, 11, and the suffix of RFC 6839, 3.1.
  fileprivate var isJSON: Bool {
    let isUTF8 = self["charset"].map { $0.lowercased() == "utf-8" } ?? true
    return isUTF8 && (essence == "application/json" || subtype.hasSuffix("+json"))
  }
}
