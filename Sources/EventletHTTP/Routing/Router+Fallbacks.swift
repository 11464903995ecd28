internal import HTTPTypes

extension Router {
  /// Answers a request that no route is for.
  func answerUnrouted(_ request: ServerRequest) throws -> ServerResponse {
    if request.parsed.targetForm == .asterisk {
      return Self.optionsResponse(allMethods.sorted)
    }
    // The first is the one that matches best.
    if let route = request.withRawPath({ path in search(path) { $0.first } }) {
      return try route.fallback(request)
    }
    if let location = redirection(of: request) {
      return .redirect(to: location, status: .permanentRedirect)
    }
    return try notFound(request)
  }

  /// Answers a request whose path has routes with other methods.
  func answerOtherMethod(_ request: ServerRequest) throws -> ServerResponse {
    var allowed = AllowedMethods()
    request.withRawPath { path in
      _ = search(path) { endpoint in
        allowed.insert(endpoint.methods)
        return nil
      }
    }
    let methods = allowed.sorted
    if request.method == .options { return Self.optionsResponse(methods) }
    var response = try methodNotAllowed(request, methods)
    if response.status == .methodNotAllowed, response.headerFields[.allow] == nil {
      response.headerFields[.allow] = methods.fieldValue
    }
    return response
  }

  private static func optionsResponse(_ methods: [HTTPRequest.Method]) -> ServerResponse {
    ServerResponse(status: .noContent, headerFields: [.allow: methods.fieldValue])
  }

  /// The path with one slash more or less at its end, if that has a route to redirect to.
  private func redirection(of request: ServerRequest) -> String? {
    let slash = UInt8(ascii: "/")
    var path = request.withRawPath { Array($0) }
    guard path.first == slash, path.count > 1 else { return nil }
    if path.last == slash { path.removeLast() } else { path.append(slash) }
    let target = path.withUnsafeBytes { path in search(path) { $0.first } }
    guard let target, target.redirectsTrailingSlash else { return nil }
    let query = request.parsed.query.map { query in
      request.withBytes { "?" + RedirectTarget.text(of: query.of($0)) }
    }
    return path.withUnsafeBytes { RedirectTarget.text(of: $0) } + (query ?? "")
  }
}
