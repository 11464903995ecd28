/// A request whose body is written while its answer is read: by two green threads, or by one that knows
/// when the server answers what.
///
/// In Python: `http.client.HTTPConnection` with `putrequest`, `send` and `getresponse`.
public final class HTTPClientExchange {
  private let transfer: Transfer
  private let journey: Journey
  private var answer: HTTPClientResponse?
  /// Writes the body; ``HTTPClientWriter/close()`` ends it.
  public let writer: HTTPClientWriter

  init(_ transfer: Transfer, length: Int?, _ journey: Journey) {
    self.transfer = transfer
    self.journey = journey
    writer = HTTPClientWriter(transfer, length: length)
  }

  deinit { if answer == nil { transfer.cancel() } }

  /// Waits for the head of the answer, which may come before the body has ended.
  /// - Returns: the answer; the same each time.
  /// - Throws: ``HTTPClientError``; ``HTTPClientTimeout``; what a kill or timeout throws, and then it may be
  ///   waited for again.
  public func response() throws -> HTTPClientResponse {
    if let answer { return answer }
    let response = try journey.response(of: transfer)
    answer = response
    return response
  }

  /// Gives the request up, unless all of its answer is there.
  ///
  /// Never switches.
  public func close() { transfer.cancel() }
}
