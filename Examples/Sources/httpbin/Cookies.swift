import EventletHTTP
import EventletJSON
import HTTPTypes

/// Tells the client's cookies, gives it some, and has it forget some.
func addCookies(to routes: some RoutesBuilder) {
  routes.get("/cookies") { request in
    let cookies = Dictionary(request.cookies.map { ($0.name, JSONValue.string($0.value)) }) {
      first, _ in first
    }
    return try .report(["cookies": .object(cookies)])
  }
  routes.get("/cookies/set") { request in
    giving(try request.queryParameters.map { try cookie($0.name, $0.value) })
  }
  routes.get("/cookies/set/{name}/{value}") { request in
    let parameters = request.parameters
    return giving([try cookie(parameters.require("name"), parameters.require("value"))])
  }
  routes.get("/cookies/delete") { request in
    giving(try request.queryParameters.map { try cookie($0.name, "").deletion })
  }
}

/// A cookie for the whole site.
///
/// Name and value are the client's: what is none is its mistake.
func cookie(_ name: String, _ value: String) throws(HTTPError) -> SetCookie {
  do { return try SetCookie(name: name, value: value, path: "/") } catch {
    throw HTTPError(.badRequest, "\(error)")
  }
}

/// A redirection to the list of cookies.
private func giving(_ cookies: [SetCookie]) -> ServerResponse {
  var response = ServerResponse.redirect(to: "/cookies", status: .found)
  for cookie in cookies { response.headerFields.append(cookie.field) }
  return response
}
