extension HTTPClient {
  /// Sends a request, and waits for the head of the answer.
  ///
  /// Follows redirects, and sends the request again, as it says, or else the client's configuration.
  /// - Parameter request: What is asked for.
  /// - Returns: the answer, whose body is received as it is read.
  /// - Throws: ``HTTPClientError``; ``HTTPClientTimeout``; what the body's closure throws; what a kill or
  ///   timeout throws, and then the request is given up.
  public func send(_ request: HTTPClientRequest) throws -> HTTPClientResponse {
    try Journey(self, request).run()
  }

  /// Sends a request whose body is written while the answer is read.
  ///
  /// ```swift
  /// let exchange = try client.open(HTTPClientRequest(.post, url, body: .none))
  /// spawn { try exchange.writer.write("question\n") }
  /// let response = try exchange.response()
  /// ```
  ///
  /// Redirects are answers like others here, and nothing is sent again.
  /// - Parameters:
  ///   - request: What is asked for. Its body must be ``HTTPClientBody/none``.
  ///   - length: Of the body, if it is known beforehand; nil by default.
  /// - Returns: the writer and, once it is there, the answer.
  /// - Throws: ``HTTPClientError``; ``HTTPClientTimeout`` of the name's look-up; what a kill or timeout
  ///   throws.
  public func open(
    _ request: HTTPClientRequest, length: Int? = nil
  ) throws -> HTTPClientExchange {
    guard case .none = request.body.content else {
      throw HTTPClientError(.invalidRequest("there is a body already"), url: request.url)
    }
    var request = request
    request.body = .stream(length: length, contentType: request.body.contentType) { _ in }
    let journey = Journey(self, request)
    return HTTPClientExchange(try journey.start(), length: length, journey)
  }
}
