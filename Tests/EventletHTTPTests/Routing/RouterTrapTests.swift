import EventletHTTP
import HTTPTypes
import Testing

private func handler(_ request: ServerRequest) -> ServerResponse { .text("") }

/// Mistakes of a program.
private enum Mistake: String, CaseIterable, Codable {
  case malformed
  case noSlash
  case prefixWithoutSlash
  case prefixWithSlash
  case repeatedAcrossGroups
  case sameMethod
  case sameShape
  case sameAny
  case noMethod

  var message: String {
    switch self {
    case .malformed: "Router: the pattern '/api/{id' has a brace without its other half"
    case .noSlash: "Router: the pattern 'notes' does not begin with '/'"
    case .prefixWithoutSlash: "Router: the prefix 'api' of a group must begin with a '/'"
    case .prefixWithSlash: "Router: the prefix '/api/' of a group must begin with a '/', and not"
    case .repeatedAcrossGroups: "Router: the pattern '/{id}/{id}' has the name 'id' more than once"
    case .sameMethod: "Router: 'GET, POST /a' is answered by the route '/a' already"
    case .sameShape: "Router: 'GET /a/{name}' is answered by the route '/a/{id}' already"
    case .sameAny: "Router: 'any /**' is answered by the route '/{path...}' already"
    case .noMethod: "Router: no method for the pattern '/a'"
    }
  }

  func make() {
    let router = Router()
    switch self {
    case .malformed: router.group("/api") { $0.get("/{id", handler) }
    case .noSlash: router.group("/api") { $0.get("notes", handler) }
    case .prefixWithoutSlash: router.group("api") { $0.get("/", handler) }
    case .prefixWithSlash: router.group("/api/") { $0.get("/", handler) }
    case .repeatedAcrossGroups: router.group("/{id}") { $0.get("/{id}", handler) }
    case .sameMethod:
      router.post("/a", handler)
      router.on(methods: [.get, .post], "/a", handler)
    case .sameShape:
      router.get("/a/{id}", handler)
      router.put("/a/{name}", handler)
      router.get("/a/{name}", handler)
    case .sameAny:
      router.any("/{path...}", handler)
      router.any("/**", handler)
    case .noMethod: router.on(methods: [], "/a", handler)
    }
  }
}

@Test(arguments: Mistake.allCases)
private func aMistakeEndsTheProcess(mistake: Mistake) async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    [mistake] in
    mistake.make()
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains(mistake.message), "\(output)")
}
