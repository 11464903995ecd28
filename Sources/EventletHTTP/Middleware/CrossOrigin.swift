internal import EventletCore
internal import HTTPTypes

/// Middleware that tells browsers which pages of other origins may use the site.
///
/// ```swift
/// router.use(crossOrigin(CrossOriginPolicy(origins: ["https://app.example.org"])))
/// ```
///
/// A browser's question before a request (a preflight: OPTIONS with
/// `Access-Control-Request-Method`) is answered here, with 204, and goes to no handler; so it stands
/// outside of what asks for a password. Requests themselves are passed on, whatever their origin: it
/// is the browser that keeps the answer from the page. An answer with fields of this kind keeps them.
///
/// An origin that is malformed ends the process: a browser would never send it.
/// - Parameter policy: Who may do what.
/// - Returns: the middleware.
public func crossOrigin(_ policy: CrossOriginPolicy) -> Middleware {
  let fields = CrossOriginFields(policy)
  return { request, next in
    let origin = request[.origin]
    if request.method == .options, let origin, request[.accessControlRequestMethod] != nil {
      return ServerResponse(
        status: .noContent,
        headerFields: fields.preflight(
          from: origin, asking: request[.accessControlRequestHeaders]))
    }
    request.beforeResponse { fields.add(to: &$0, for: origin) }
    return try next(request)
  }
}

/// What is said to browsers, made ready.
private struct CrossOriginFields {
  private let policy: CrossOriginPolicy
  private let methods: String
  private let requestFields: String?
  private let exposedFields: String?

  init(_ policy: CrossOriginPolicy) {
    self.policy = policy
    methods = policy.methods.fieldValue
    requestFields = policy.requestFields?.map(\.rawName).joined(separator: ", ")
    exposedFields =
      policy.exposedFields.isEmpty
      ? nil : policy.exposedFields.map(\.rawName).joined(separator: ", ")
    switch policy.origins {
    case .any:
      require(
        !policy.allowsCredentials, "crossOrigin: credentials of any origin would be for everybody")
    case .only(let origins):
      for origin in origins {
        require(Self.isOrigin(origin), "crossOrigin: '\(origin)' is no origin")
      }
      require(
        !policy.allowsCredentials || !origins.contains(Self.sandboxed),
        "crossOrigin: credentials of the origin 'null' would be for everybody")
    case .matching: break
    }
  }

  /// Of a page in a sandbox, which anybody may have made.
  private static let sandboxed = "null"

  /// A scheme and an authority in lower case, without a slash at the end; or `null`.
  private static func isOrigin(_ text: String) -> Bool {
    if text == sandboxed { return true }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0].count > 1 && parts[0].last == ":" && parts[1].isEmpty
      && !parts[2].isEmpty && text == text.lowercased()
  }

  /// What `Access-Control-Allow-Origin` says to an origin; nil is nothing.
  private func allowed(_ origin: String?) -> String? {
    switch policy.origins {
    case .any: "*"
    case .only(let origins): origin.flatMap { origins.contains($0) ? $0 : nil }
    case .matching(let matches):
      origin.flatMap { origin in
        let isForEverybody = policy.allowsCredentials && origin == Self.sandboxed
        return !isForEverybody && matches(origin) ? origin : nil
      }
    }
  }

  /// Whether the answer to another origin is another.
  private var variesByOrigin: Bool { if case .any = policy.origins { false } else { true } }

  func preflight(from origin: String, asking names: String?) -> HTTPFields {
    var fields = HTTPFields()
    if variesByOrigin { fields.addVary(.origin) }
    if requestFields == nil { fields.addVary(.accessControlRequestHeaders) }
    guard let allowed = allowed(origin) else { return fields }
    fields[.accessControlAllowOrigin] = allowed
    fields[.accessControlAllowMethods] = methods
    fields[.accessControlAllowHeaders] = requestFields ?? names
    if policy.allowsCredentials { fields[.accessControlAllowCredentials] = "true" }
    if let age = policy.maxAge { fields[.accessControlMaxAge] = "\(age.components.seconds)" }
    return fields
  }

  func add(to fields: inout HTTPFields, for origin: String?) {
    if variesByOrigin { fields.addVary(.origin) }
    guard !fields.contains(.accessControlAllowOrigin), let allowed = allowed(origin) else { return }
    fields[.accessControlAllowOrigin] = allowed
    if policy.allowsCredentials { fields[.accessControlAllowCredentials] = "true" }
    if let exposedFields { fields[.accessControlExposeHeaders] = exposedFields }
  }
}
