public import HTTPTypes

/// An error that a handler throws to answer with a status other than 500.
///
/// ```swift
/// guard let user = users[name] else { throw HTTPError(.notFound, "no user \(name)") }
/// ```
///
/// Not reported: it is an answer. ``RespondingError`` is for errors with other answers.
public struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The status of the answer.
  public var status: HTTPResponse.Status
  /// What the client is told, as text; the status' own phrase by default.
  public var message: String
  /// Fields of the answer, which replace those of the text, such as its `Content-Type`; none by
  /// default.
  public var headerFields: HTTPFields

  /// Creates the error.
  /// - Parameters:
  ///   - status: Of the answer.
  ///   - message: What the client is told; nil, the default, is the status' own phrase.
  ///   - headerFields: Of the answer; none by default.
  public init(
    _ status: HTTPResponse.Status, _ message: String? = nil,
    headerFields: HTTPFields = HTTPFields()
  ) {
    self.status = status
    self.message = message ?? status.reasonPhrase
    self.headerFields = headerFields
  }

  /// The answer: the message as a line of text, and ``headerFields``.
  public var response: ServerResponse {
    var response = ServerResponse.text(message + "\n", status: status)
    for field in headerFields { response.headerFields[field.name] = nil }
    response.headerFields.append(contentsOf: headerFields)
    return response
  }

  /// A short text.
  public var description: String { "\(status.code) \(message)" }
}
