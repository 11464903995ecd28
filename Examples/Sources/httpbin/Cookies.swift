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
    try giving(try request.queryParameters.map { try cookie($0.name, $0.value) })
  }
  routes.get("/cookies/set/{name}/{value}") { request in
    let parameters = request.parameters
    return try giving([try cookie(parameters.require("name"), parameters.require("value"))])
  }
  routes.get("/cookies/delete") { request in
    try giving(try request.queryParameters.map { try .deletion(of: $0.name, path: "/") })
  }
}

/// A cookie for the whole site.
func cookie(_ name: String, _ value: String) throws -> SetCookie {
  try SetCookie(name: name, value: value, path: "/")
}

/// A redirection to the list of cookies.
private func giving(_ cookies: @autoclosure () throws -> [SetCookie]) throws -> ServerResponse {
  var response = ServerResponse.redirect(to: "/cookies", status: .found)
  do {
    for cookie in try cookies() { response.headerFields.append(cookie.field) }
  } catch let error as CookieError { throw HTTPError(.badRequest, "\(error)") }
  return response
}
