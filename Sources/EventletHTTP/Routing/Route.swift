public import HTTPTypes

/// A route as it was registered, for those who list them.
///
/// ```swift
/// for route in router.routes { logger.info("\(route)") }
/// ```
public struct Route: Hashable, Sendable, CustomStringConvertible {
  /// The methods; nil is any.
  public let methods: [HTTPRequest.Method]?
  /// The pattern, with the prefixes of its groups.
  public let pattern: String

  /// As `GET /users/{id}`.
  public var description: String { "\(methods?.fieldValue ?? "any") \(pattern)" }
}
