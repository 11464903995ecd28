import EventletHTTP
import FoundationEssentials
import HTTPTypes

/// Identifiers, Base64, and links.
func addSmallThings(to routes: some RoutesBuilder) {
  routes.get("/uuid") { _ in try .report(["uuid": .string(UUID().uuidString.lowercased())]) }
  routes.get("/base64/{value}") { request in
    let value = try request.parameters.require("value")
    // In the alphabet for URLs (RFC 4648, 5).
    let base64 = value.replacing("-", with: "+").replacing("_", with: "/")
    let text = Data(base64Encoded: base64).flatMap { String(validating: $0, as: UTF8.self) }
    return .html(text ?? "Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l")
  }
  routes.get("/links/{n}") { request in
    .redirect(to: "/links/\(try linkCount(request))/0", status: .found)
  }
  routes.get("/links/{n}/{offset}") { request in
    let count = try linkCount(request)
    let offset = try request.parameters.require("offset", as: Int.self)
    let links = (0..<count).map {
      $0 == offset ? "\($0) " : "<a href='/links/\(count)/\($0)'>\($0)</a> "
    }
    return .html("<html><head><title>Links</title></head><body>\(links.joined())</body></html>")
  }
}

private func linkCount(_ request: ServerRequest) throws -> Int {
  min(max(1, try request.parameters.require("n", as: Int.self)), 200)
}
