import EventletHTTP
import EventletJSON
import HTTPTypes

/// `/status/{codes}`: the status that is asked for, or one of several.
func addStatusCodes(to routes: some RoutesBuilder) {
  routes.on(methods: .all, "/status/{codes}") { request in
    let codes = try WeightedCodes(parsing: request.parameters.require("codes"))
    return try statusResponse(codes.choose())
  }
}

/// `200`, `200,500` or `200:0.9,500:0.1`.
private struct WeightedCodes {
  private let codes: [(code: Int, weight: Double)]

  init(parsing text: String) throws(HTTPError) {
    var codes: [(Int, Double)] = []
    for element in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = element.split(separator: ":", omittingEmptySubsequences: false)
      // An interim status would be no answer.
      guard parts.count <= 2, let code = Int(parts[0]), (200...999).contains(code),
        let weight = parts.count == 2 ? Double(parts[1]) : 1, weight >= 0, weight.isFinite
      else { throw HTTPError(.badRequest, "Invalid status code") }
      codes.append((code, weight))
    }
    self.codes = codes
  }

  func choose() -> Int {
    var place = Double.random(in: 0...1) * codes.reduce(0) { $0 + $1.weight }
    for (code, weight) in codes {
      place -= weight
      if place <= 0 { return code }
    }
    return codes[codes.count - 1].code
  }
}

/// What goes with a status.
func statusResponse(_ code: Int) throws -> ServerResponse {
  var response = ServerResponse(
    status: HTTPResponse.Status(registered: code) ?? HTTPResponse.Status(code: code))
  switch code {
  case 301, 302, 303, 305, 307: response.headerFields[.location] = "/redirect/1"
  case 401: response.headerFields[.wwwAuthenticate] = #"Basic realm="Fake Realm""#
  case 402:
    response.headerFields = moreInformation("https://www.rfc-editor.org/rfc/rfc9110")
    response.body = .text("This one is not free.\n")
  case 406:
    return try .json(
      [
        "message": "Client did not request a supported media type.",
        "accept": ["image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*"],
      ] as JSONValue, status: response.status)
  case 407: response.headerFields[.proxyAuthenticate] = #"Basic realm="Fake Realm""#
  case 418:
    response.status = HTTPResponse.Status(code: 418, reasonPhrase: "I'm a teapot")
    response.headerFields = moreInformation("http://tools.ietf.org/html/rfc2324")
    response.body = .text(teapot)
  default: break
  }
  return response
}

private func moreInformation(_ url: String) -> HTTPFields {
  HTTPField.Name("X-More-Info").map { [$0: url] } ?? [:]
}

private let teapot = #"""

          _______
         (   o   )
      .-'---------'-.    __
     /    RFC 2324   \  / /
    |  short & stout  |/ /
    |                 | /
     \               /-'
      '-._________.-'

  """#
