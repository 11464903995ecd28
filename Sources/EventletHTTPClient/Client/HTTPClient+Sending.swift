internal import EventletCore
internal import EventletNet
internal import HTTPTypes

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
    let url = try locations.location(request.url)
    let transfer = try journey.start(request, to: url)
    return HTTPClientExchange(transfer, length: length, journey)
  }
}

/// A request on its way from one server to the next, until somebody has an answer.
final class Journey {
  private let client: HTTPClient
  private let original: HTTPClientRequest
  private let timeout: Duration?
  private let deadline: Nanoseconds
  @exclusivity(unchecked) private(set) var redirectCount = 0
  @exclusivity(unchecked) private(set) var nameLookUp = Duration.zero

  init(_ client: HTTPClient, _ request: HTTPClientRequest) {
    self.client = client
    original = request
    timeout = request.timeout ?? client.configuration.timeouts.whole
    deadline = Hub.current.deadline(after: timeout)
  }

  func run() throws -> HTTPClientResponse {
    let retries = original.retries ?? client.configuration.retries
    guard let retries, retries.count > 0, original.method.isIdempotent, original.body.isRepeatable
    else { return try follow() }
    for number in 0..<retries.count {
      var pause = min(retries.pause * (1 << min(number, 20)), retries.longestPause)
      do {
        let response = try follow()
        guard retries.afterStatuses.contains(response.statusCode) else { return response }
        if let text = response.headerFields[.retryAfter], let seconds = Int(text), seconds >= 0 {
          pause = min(.seconds(seconds), retries.longestPause)
        }
        try response.passOver()
      } catch let error as HTTPClientError where retries.apply(to: error.reason) {
      } catch let error as HTTPClientTimeout
        where !error.isWhole && retries.afterConnectFailures && error.phase == .connect
      {}
      try sleep(for: pause)
    }
    return try follow()
  }

  private func sleep(for pause: Duration) throws {
    if deadline != .never {
      let rest = Duration.nanoseconds(max(0, deadline - Hub.current.now))
      guard pause < rest else {
        try GreenThread.sleep(for: rest)
        throw HTTPClientTimeout(
          phase: .connection, isWhole: true, limit: timeout ?? .zero, url: original.url)
      }
    }
    try GreenThread.sleep(for: pause)
  }

  // MARK: Redirects

  private func follow() throws -> HTTPClientResponse {
    redirectCount = 0
    let url = try client.locations.location(original.url)
    let response = try sendOnce(original, to: url)
    guard let target = response.redirectTarget else { return response }
    return try follow(response, to: target, from: url)
  }

  /// Goes where an answer points to, and on from there.
  private func follow(
    _ first: HTTPClientResponse, to firstTarget: String, from start: HTTPLocation
  ) throws -> HTTPClientResponse {
    let redirects = original.redirects ?? client.configuration.redirects
    guard redirects.limit > 0 else { return first }
    var (request, url, response, target) = (original, start, first, firstTarget)
    var visited: Set<String> = []
    while true {
      visited.insert(url.text)
      let status = response.statusCode
      try response.passOver()
      let error = { [url] (reason: HTTPClientError.Reason) in HTTPClientError(reason, url: "\(url)")
      }
      guard let next = try? HTTPLocation(parsing: target, relativeTo: url),
        next.isSecure || !url.isSecure || redirects.allowsInsecure
      else { throw error(.redirectRefused(target)) }
      redirectCount += 1
      request.redirect(status)
      guard request.body.isRepeatable else { throw error(.bodyNotRepeatable) }
      let isTooFar = redirectCount > redirects.limit
      // With a jar the same place may have another answer the second time.
      if visited.contains(next.text), isTooFar || client.configuration.cookies == .ignored {
        throw error(.redirectLoop)
      }
      if isTooFar { throw error(.redirectLimit(redirects.limit)) }
      if !next.hasSameOrigin(as: url) { request.forgetCredentials() }
      url = next
      response = try sendOnce(request, to: url)
      guard let next = response.redirectTarget else { return response }
      target = next
    }
  }

  // MARK: One request

  private func sendOnce(
    _ request: HTTPClientRequest, to url: HTTPLocation
  ) throws -> HTTPClientResponse {
    let transfer = try start(request, to: url)
    do {
      if case .stream(let length, _, let write) = request.body.content {
        let writer = HTTPClientWriter(transfer, length: length)
        do {
          try write(writer)
          try writer.finish()
        } catch is HTTPClientWriter.NoUse {}
      }
      return try response(of: transfer)
    } catch {
      transfer.cancel()
      throw error
    }
  }

  /// Begins the transfer.
  func start(_ request: HTTPClientRequest, to url: HTTPLocation) throws -> Transfer {
    let engine = try client.engine()
    var request = try TransferRequest(
      request, to: url, of: client, timeout: timeout, deadline: deadline)
    try Hub.current.checkBeforeWaiting("HTTPClient.send")
    if let peer = request.peer { request.name = try lookUp(peer.host, peer.port, for: url, engine) }
    let transfer = Transfer(engine, request)
    try engine.start(transfer)
    return transfer
  }

  /// What libcurl is to know of a host.
  private func lookUp(
    _ host: String, _ port: UInt16, for url: HTTPLocation, _ engine: TransferEngine
  ) throws -> NameTable.Entry {
    let begin = Hub.current.now
    let connect = client.configuration.timeouts.connect
    let rest = deadline == .never ? nil : Duration.nanoseconds(max(0, deadline - begin))
    do {
      let limit = rest.map { min($0, connect ?? $0) } ?? connect
      let entry = try engine.names.entry(for: host, port: port, timeout: limit)
      nameLookUp = .nanoseconds(Hub.current.now - begin)
      return entry
    } catch let error as NameError {
      throw HTTPClientError(.nameLookUp(error), url: "\(url)")
    } catch is IOTimeout {
      let isWhole = rest.map { rest in connect.map { rest < $0 } ?? true } ?? false
      throw HTTPClientTimeout(
        phase: .nameLookUp, isWhole: isWhole, limit: (isWhole ? timeout : connect) ?? .zero,
        url: "\(url)")
    }
  }

  /// Waits for the head.
  func response(of transfer: Transfer) throws -> HTTPClientResponse {
    do { try transfer.waitForHead() } catch let error as HTTPClientError
      where error.reason == .connect
    {
      if let peer = transfer.request.peer {
        transfer.engine.names.forget(peer.host, port: peer.port)
      }
      throw error
    }
    return HTTPClientResponse(transfer, redirectCount: redirectCount, nameLookUp: nameLookUp)
  }
}

extension HTTPClient.Retries {
  fileprivate func apply(to reason: HTTPClientError.Reason) -> Bool {
    switch reason {
    case .connect, .nameLookUp, .proxy: afterConnectFailures
    case .connectionClosed, .sending: afterLostConnections
    default: false
    }
  }
}

extension HTTPClientRequest {
  /// What an answer with that status makes of it.
  fileprivate mutating func redirect(_ status: Int) {
    let becomesGet = status == 303 && method != .head || status < 303 && method == .post
    guard becomesGet else { return }
    method = .get
    body = .none
    for name in [HTTPField.Name.contentType, .contentEncoding, .contentLanguage, .contentLocation] {
      headerFields[name] = nil
    }
  }

  /// What was for the first server is not for another.
  fileprivate mutating func forgetCredentials() {
    for name in [HTTPField.Name.authorization, .cookie, .proxyAuthorization] {
      headerFields[name] = nil
    }
    headerFields[.host] = nil
  }
}

extension HTTPField.Name {
  fileprivate static var host: HTTPField.Name { .init("Host").unsafelyUnwrapped }
}

extension HTTPClientResponse {
  /// So much is read of an answer that nobody wants, to keep its connection.
  private static let mostPassedOver = 65_536

  /// Lets the connection be used again, if what is left of the body is little.
  fileprivate func passOver() throws {
    defer { close() }
    var rest = Self.mostPassedOver
    do {
      while rest > 0, case let piece = try receive(upTo: rest), !piece.isEmpty {
        rest -= piece.count
      }
    } catch is HTTPClientError {
    } catch let error as HTTPClientTimeout where !error.isWhole {}
  }

  /// Where a redirect points to; nil if it is none.
  fileprivate var redirectTarget: String? {
    switch statusCode {
    case 301, 302, 303, 307, 308: headerFields[.location]
    default: nil
    }
  }
}
