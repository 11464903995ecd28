import EventletHTTP
import EventletJSON
import HTTPTypes

/// Name and password, asked for or not, and a token.
func addAuthentication(to routes: some RoutesBuilder) {
  routes.get("/basic-auth/{user}/{passwd}") { request in
    try shown(request).map { try welcome(user: $0) } ?? statusResponse(401)
  }
  routes.get("/hidden-basic-auth/{user}/{passwd}") { request in
    try shown(request).map { try welcome(user: $0) } ?? statusResponse(404)
  }
  routes.get("/bearer") { request in
    guard let credentials = request.credentials, credentials.scheme == "bearer",
      let token = credentials.token
    else {
      return ServerResponse(status: .unauthorized, headerFields: [.wwwAuthenticate: "Bearer"])
    }
    return try .report(["authenticated": true, "token": .string(token)])
  }
}

/// The user, if the client has shown name and password of the path.
///
/// Where they are not in the path, EventletHTTP's `basicAuthentication` stands around the handlers.
private func shown(_ request: ServerRequest) throws -> String? {
  guard let (user, password) = request.credentials?.userAndPassword,
    user == (try request.parameters.require("user")),
    isEqualInConstantTime(password, to: try request.parameters.require("passwd"))
  else { return nil }
  return user
}

func welcome(user: String) throws -> ServerResponse {
  try .report(["authenticated": true, "user": .string(user)])
}
