internal import EventletCore
internal import EventletHTTP
internal import HTTPTypes

/// A request on its way from one server to the next, until somebody has an answer.
final class Journey {
  let client: HTTPClient
  /// With the fields that the client adds to all its requests: once, for what is left behind on the way
  /// must not come back.
  private let original: HTTPClientRequest
  let timeouts: HTTPClient.Timeouts
  /// Of the whole.
  let timeout: Duration?
  let deadline: Nanoseconds
  @exclusivity(unchecked) private(set) var redirectCount = 0
  @exclusivity(unchecked) var nameLookUp = Duration.zero

  init(_ client: HTTPClient, _ request: HTTPClientRequest) {
    self.client = client
    var original = request
    for field in client.configuration.headerFields where request.headerFields[field.name] == nil {
      original.headerFields.append(field)
    }
    self.original = original
    timeouts = request.timeouts ?? client.configuration.timeouts
    timeout = request.timeout ?? timeouts.whole
    deadline = Hub.current.deadline(after: timeout)
  }

  func run() throws -> HTTPClientResponse {
    let retries = original.retries ?? client.configuration.retries
    guard let retries, retries.count > 0, original.method.isIdempotent, original.body.isRepeatable
    else { return try follow() }
    for number in 0..<retries.count {
      var pause = retries.pause(beforeRepetition: number)
      do {
        let response = try follow()
        guard retries.afterStatuses.contains(response.statusCode) else { return response }
        if let wish = response.retryAfter { pause = min(wish, retries.longestPause) }
        try response.passOver()
      } catch let error as HTTPClientError where retries.apply(to: error.reason) {
      } catch let error as HTTPClientTimeout where retries.apply(to: error) {}
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
          phase: .pause, isWhole: true, limit: timeout ?? .zero, url: original.url)
      }
    }
    try GreenThread.sleep(for: pause)
  }

  // MARK: Redirects

  private func follow() throws -> HTTPClientResponse {
    redirectCount = 0
    let url = try client.locations.location(original.url)
    let response = try send(original, to: url)
    guard let target = response.redirectTarget else { return response }
    return try follow(response, to: target, from: url)
  }

  /// A place that has been asked for in one way.
  private struct Visit: Hashable {
    let method: HTTPRequest.Method
    let url: String
  }

  /// Goes where an answer points to, and on from there.
  ///
  /// A second visit may have another answer: because of what was sent the first time, of a cookie, or
  /// because time has passed. So it is the limit that ends a circle.
  private func follow(
    _ first: HTTPClientResponse, to firstTarget: String, from start: HTTPLocation
  ) throws -> HTTPClientResponse {
    let redirects = original.redirects ?? client.configuration.redirects
    guard redirects.limit > 0 else { return first }
    var (request, url, response, target) = (original, start, first, firstTarget)
    var visits: Set<Visit> = []
    while true {
      visits.insert(Visit(method: request.method, url: url.text))
      let status = response.statusCode
      try response.passOver()
      let error = { [url] (reason: HTTPClientError.Reason) in HTTPClientError(reason, url: "\(url)")
      }
      guard let next = try? HTTPLocation(parsing: target, relativeTo: url),
        next.isSecure || !url.isSecure || redirects.allowsInsecure
      else { throw error(.redirectRefused(URLCredentials.removed(from: target))) }
      redirectCount += 1
      request.redirect(status)
      guard request.body.isRepeatable else { throw error(.bodyNotRepeatable) }
      guard redirectCount <= redirects.limit else {
        let isCircle = visits.contains(Visit(method: request.method, url: next.text))
        throw error(isCircle ? .redirectLoop : .redirectLimit(redirects.limit))
      }
      if !next.hasSameOrigin(as: url) { request.leaveOrigin() }
      url = next
      response = try send(request, to: url)
      guard let next = response.redirectTarget else { return response }
      target = next
    }
  }

  // MARK: One hop

  private func send(
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

  /// Begins the transfer of the first hop.
  func start() throws -> Transfer {
    try start(original, to: client.locations.location(original.url))
  }

  /// Waits for the head.
  func response(of transfer: Transfer) throws -> HTTPClientResponse {
    do { try transfer.waitForHead() } catch let error as HTTPClientError
      where error.reason == .connect
    {
      for peer in transfer.request.peers { transfer.engine.names.forget(peer) }
      throw error
    }
    return HTTPClientResponse(transfer, redirectCount: redirectCount, nameLookUp: nameLookUp)
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
  fileprivate mutating func leaveOrigin() {
    for name in [HTTPField.Name.authorization, .cookie, .proxyAuthorization] {
      headerFields[name] = nil
    }
    headerFields[.host] = nil
    unixSocketPath = nil
  }
}

extension HTTPField.Name {
  fileprivate static var host: HTTPField.Name { .init("Host").unsafelyUnwrapped }
}

extension HTTPClientResponse {
  /// Where a redirect points to; nil if it is none.
  fileprivate var redirectTarget: String? {
    switch statusCode {
    case 301, 302, 303, 307, 308: headerFields[.location]
    default: nil
    }
  }

  /// When the server wants to be asked again (RFC 9110, 10.2.3); nil if it does not say so.
  fileprivate var retryAfter: Duration? {
    guard let text = headerFields[.retryAfter] else { return nil }
    if let seconds = Int(text) { return seconds < 0 ? nil : .seconds(seconds) }
    return HTTPDate(parsing: text).map {
      .seconds(max(0, $0.secondsSinceEpoch - HTTPDate.now.secondsSinceEpoch))
    }
  }
}
