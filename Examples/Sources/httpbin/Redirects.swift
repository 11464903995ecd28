import EventletHTTP
import HTTPTypes

/// So many redirections before `/get`, and one to wherever the client wants.
func addRedirects(to routes: some RoutesBuilder) {
  routes.get("/redirect/{n}") { request in
    let isAbsolute = try request.queryParameters["absolute"]?.lowercased() == "true"
    return try step(request, by: isAbsolute ? "absolute-redirect" : "relative-redirect", isAbsolute)
  }
  routes.get("/relative-redirect/{n}") { try step($0, by: "relative-redirect", false) }
  routes.get("/absolute-redirect/{n}") { try step($0, by: "absolute-redirect", true) }
  routes.on(methods: .all, "/redirect-to") { request in
    let query = try request.queryParameters
    // Forms may say it in their bodies.
    let isForm = query["url"] == nil && !request.body.isAtEnd
    let parameters = isForm ? try request.readForm().fields : query
    let code = try parameters.value("status_code", as: Int.self) ?? 302
    let status = (300..<400).contains(code) ? HTTPResponse.Status(registered: code) : nil
    return .redirect(to: try parameters.require("url"), status: status ?? .found)
  }
}

/// The redirection to the next one, or to `/get` after the last.
private func step(
  _ request: ServerRequest, by name: String, _ isAbsolute: Bool
) throws -> ServerResponse {
  let count = try request.parameters.require("n", as: Int.self)
  guard count > 0 else { throw HTTPError(.badRequest, "'n' is not positive") }
  let path = count == 1 ? "/get" : "/\(name)/\(count - 1)"
  return .redirect(to: isAbsolute ? request.base + path : path, status: .found)
}
