internal import EventletCore
public import HTTPTypes

extension HTTPClient {
  /// Asks for what is there (RFC 9110, 9.3.1).
  ///
  /// Returns when the head of the answer has come; the body is received as it is read. A status that
  /// tells of no success is an answer like others, see ``HTTPClientResponse/requireSuccess()``.
  /// - Parameters:
  ///   - url: `http://` or `https://`.
  ///   - headerFields: Of the request, beside the client's own; none by default.
  ///   - timeout: From the call to the end of the body; nil, the default, takes that of the client.
  /// - Returns: the answer.
  /// - Throws: ``HTTPClientError``; ``HTTPClientTimeout``; what a kill or timeout throws, and then the
  ///   request is given up.
  ///
  /// In Python: `urllib.request.urlopen`, `requests.get`.
  public func get(
    _ url: String, headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try request(.get, url, headerFields: headerFields, timeout: timeout)
  }

  /// Asks for the head of an answer to GET (RFC 9110, 9.3.2).
  ///
  /// As ``get(_:headerFields:timeout:)-method`` in all else; there is no body.
  public func head(
    _ url: String, headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try request(.head, url, headerFields: headerFields, timeout: timeout)
  }

  /// Hands something in (RFC 9110, 9.3.3).
  ///
  /// ```swift
  /// let answer = try client.post("http://example.org/login", body: .form(["name": "ann"]))
  /// ```
  ///
  /// As ``get(_:headerFields:timeout:)-method`` in all else.
  public func post(
    _ url: String, body: HTTPClientBody, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try request(.post, url, body: body, headerFields: headerFields, timeout: timeout)
  }

  /// Puts something there (RFC 9110, 9.3.4).
  ///
  /// As ``get(_:headerFields:timeout:)-method`` in all else.
  public func put(
    _ url: String, body: HTTPClientBody, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try request(.put, url, body: body, headerFields: headerFields, timeout: timeout)
  }

  /// Changes what is there (RFC 5789).
  ///
  /// As ``get(_:headerFields:timeout:)-method`` in all else.
  public func patch(
    _ url: String, body: HTTPClientBody, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try request(.patch, url, body: body, headerFields: headerFields, timeout: timeout)
  }

  /// Takes away what is there (RFC 9110, 9.3.5).
  ///
  /// As ``get(_:headerFields:timeout:)-method`` in all else.
  public func delete(
    _ url: String, headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try request(.delete, url, headerFields: headerFields, timeout: timeout)
  }

  /// Sends a request of any method but CONNECT.
  ///
  /// As ``get(_:headerFields:timeout:)-method`` in all else.
  ///
  /// In Python: `requests.request`.
  public func request(
    _ method: HTTPRequest.Method, _ url: String, body: HTTPClientBody = .none,
    headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    var request = HTTPClientRequest(method, url, body: body, headerFields: headerFields)
    request.timeout = timeout
    return try send(request)
  }
}

// The same of the hub's client.
extension HTTPClient {
  /// As ``get(_:headerFields:timeout:)-method``, of the hub's client.
  public static func get(
    _ url: String, headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.get(url, headerFields: headerFields, timeout: timeout)
  }

  /// As ``head(_:headerFields:timeout:)-method``, of the hub's client.
  public static func head(
    _ url: String, headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.head(url, headerFields: headerFields, timeout: timeout)
  }

  /// As ``post(_:body:headerFields:timeout:)-method``, of the hub's client.
  public static func post(
    _ url: String, body: HTTPClientBody, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.post(url, body: body, headerFields: headerFields, timeout: timeout)
  }

  /// As ``put(_:body:headerFields:timeout:)-method``, of the hub's client.
  public static func put(
    _ url: String, body: HTTPClientBody, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.put(url, body: body, headerFields: headerFields, timeout: timeout)
  }

  /// As ``patch(_:body:headerFields:timeout:)-method``, of the hub's client.
  public static func patch(
    _ url: String, body: HTTPClientBody, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.patch(url, body: body, headerFields: headerFields, timeout: timeout)
  }

  /// As ``delete(_:headerFields:timeout:)-method``, of the hub's client.
  public static func delete(
    _ url: String, headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.delete(url, headerFields: headerFields, timeout: timeout)
  }

  /// As ``request(_:_:body:headerFields:timeout:)-method``, of the hub's client.
  public static func request(
    _ method: HTTPRequest.Method, _ url: String, body: HTTPClientBody = .none,
    headerFields: HTTPFields = HTTPFields(), timeout: Duration? = nil
  ) throws -> HTTPClientResponse {
    try Hub.current.httpClient.request(
      method, url, body: body, headerFields: headerFields, timeout: timeout)
  }
}
