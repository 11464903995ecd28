internal import HTTPTypes

/// What a ``Router`` has taken from the path of a request: names and values, in the path's order.
///
/// ```swift
/// router.get("/users/{id}/notes/{title}") { request in
///   let id = try request.parameters.require("id", as: Int.self)
///   return .text("user \(id), note \(request.parameters["title"] ?? "")")
/// }
/// ```
///
/// Values are percent-decoded; bytes that are not UTF-8 come as U+FFFD. Empty, and free of cost, for a
/// route without parameters.
public struct PathParameters: RandomAccessCollection, ExpressibleByDictionaryLiteral, Sendable {
  private var elements: [(name: String, value: String)] = []

  /// Creates an empty list.
  public init() {}

  /// Creates a list, as for the test of a handler.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.elements = elements.map { ($0.0, $0.1) }
  }

  mutating func append(_ name: String, _ value: String) { elements.append((name, value)) }

  /// The value of that name; nil if the route has none.
  public subscript(name: String) -> String? { elements.first { $0.name == name }?.value }

  /// The value of that name.
  /// - Throws: ``HTTPError`` with status 400 if the route has none.
  public func require(_ name: String) throws(HTTPError) -> String {
    guard let value = self[name] else {
      throw HTTPError(.badRequest, "the path has no parameter '\(name)'")
    }
    return value
  }

  /// The value of that name, as a number or whatever else can be made of text.
  ///
  /// ```swift
  /// let id = try request.parameters.require("id", as: Int.self)
  /// ```
  /// - Throws: ``HTTPError`` with status 400 if the route has none, or nothing can be made of it.
  public func require<Value: LosslessStringConvertible>(
    _ name: String, as type: Value.Type
  ) throws(HTTPError) -> Value {
    guard let value = Value(try require(name)) else {
      throw HTTPError(.badRequest, "the path's parameter '\(name)' is no \(Value.self)")
    }
    return value
  }

  // MARK: RandomAccessCollection

  /// 0.
  public var startIndex: Int { 0 }
  /// How many there are.
  public var endIndex: Int { elements.count }

  /// The name and value at a place.
  public subscript(index: Int) -> (name: String, value: String) { elements[index] }
}
