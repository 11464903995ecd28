import EventletHTTP
import EventletJSON
import HTTPTypes

/// `/response-headers`: the fields that the query wants, in the head and told in the body.
func addResponseFields(to routes: some RoutesBuilder) {
  routes.on(methods: [.get, .post], "/response-headers") { request in
    var fields: HTTPFields = [.contentType: "application/json"]
    let query = try request.queryParameters
    for parameter in query {
      guard let name = HTTPField.Name(parameter.name), HTTPField.isValidValue(parameter.value),
        name != .contentLength, name != .transferEncoding
      else { throw HTTPError(.badRequest, "'\(parameter.name)' cannot be set") }
      if name == .contentType { fields[name] = nil }
      fields.append(HTTPField(name: name, value: parameter.value))
    }
    let told = fields.map { ($0.name.rawName, JSONValue.string($0.value)) }
    // The length of the body is told in the body, and is the longer for it.
    var length = 0
    while true {
      let members = grouped(told + [("Content-Length", .string("\(length)"))])
      let body = try JSONCoding.readable.encode(members)
      if body.count == length { return ServerResponse(headerFields: fields, body: .bytes(body)) }
      length = body.count
    }
  }
}
