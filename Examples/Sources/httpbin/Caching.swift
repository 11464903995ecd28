import EventletHTTP
import FoundationEssentials
import HTTPTypes

/// Answers that may be kept, and conditions on them.
func addCaching(to routes: some RoutesBuilder) {
  routes.get("/cache") { request in
    if request[.ifModifiedSince] != nil || request[.ifNoneMatch] != nil {
      return .status(.notModified)
    }
    var response = try ServerResponse.report(try request.report(.head))
    response.headerFields[.lastModified] = "\(HTTPDate.now)"
    response.headerFields[.eTag] = UUID().uuidString.replacing("-", with: "").lowercased()
    return response
  }
  routes.get("/cache/{n}") { request in
    let age = try request.parameters.require("n", as: Int.self)
    var response = try ServerResponse.report(try request.report(.head))
    response.headerFields[.cacheControl] = "public, max-age=\(age)"
    return response
  }
  // A real site would use EventletHTTP's `Preconditions`. The tag comes without quotation marks here,
  // and may come back with or without them: clients of httpbin are used to that.
  routes.get("/etag/{etag}") { request in
    let tag = try request.parameters.require("etag")
    var response: ServerResponse
    if let tags = request[.ifNoneMatch].map(tags), tags.contains(tag) || tags.contains("*") {
      response = .status(.notModified)
    } else if let tags = request[.ifMatch].map(tags), request[.ifNoneMatch] == nil,
      !tags.contains(tag), !tags.contains("*")
    {
      return .status(.preconditionFailed)
    } else {
      response = try .report(try request.report(.head))
    }
    response.headerFields[.eTag] = tag
    return response
  }
}

/// The tags of a condition, weak ones too.
private func tags(_ value: String) -> [String] {
  value.split(separator: ",").map { element in
    let tag = element.trimmingPrefix(" ").trimmingPrefix("W/")
    return String(tag.filter { $0 != "\"" && $0 != " " })
  }
}
