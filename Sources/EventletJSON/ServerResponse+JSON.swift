public import EventletHTTP
public import HTTPTypes

extension ServerResponse {
  /// A value as JSON.
  ///
  /// ```swift
  /// return try .json(user)
  /// return try .json(["error": "no such user"], status: .notFound)
  /// ```
  /// - Parameters:
  ///   - value: The body.
  ///   - status: 200 by default.
  ///   - contentType: `application/json` by default.
  ///   - coding: How to write; ``JSONCoding/standard`` by default.
  /// - Returns: a response.
  /// - Throws: as ``JSONCoding/encode(_:)``.
  public static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok,
    contentType: String = "application/json", coding: JSONCoding = .standard
  ) throws -> ServerResponse {
    .bytes(try coding.encode(value), status: status, contentType: contentType)
  }
}
