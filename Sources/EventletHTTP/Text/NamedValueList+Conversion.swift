internal import HTTPTypes

extension NamedValueList {
  /// The first value of a name, as a number or whatever else can be made of text.
  ///
  /// ```swift
  /// let page = try request.queryParameters.value("page", as: Int.self) ?? 1
  /// ```
  /// - Returns: nil if there is none.
  /// - Throws: ``HTTPError`` with status 400 if nothing can be made of it.
  public func value<Value: LosslessStringConvertible>(
    _ name: String, as type: Value.Type
  ) throws(HTTPError) -> Value? {
    guard let text = self[name] else { return nil }
    guard let value = Value(text) else {
      throw HTTPError(.badRequest, "'\(name)' is no \(Value.self)")
    }
    return value
  }

  /// The first value of a name.
  /// - Throws: ``HTTPError`` with status 400 if there is none.
  public func require(_ name: String) throws(HTTPError) -> String {
    guard let value = self[name] else { throw HTTPError(.badRequest, "'\(name)' is missing") }
    return value
  }

  /// The first value of a name, as a number or whatever else can be made of text.
  ///
  /// ```swift
  /// let count = try form.fields.require("count", as: Int.self)
  /// ```
  /// - Throws: ``HTTPError`` with status 400 if there is none, or nothing can be made of it.
  public func require<Value: LosslessStringConvertible>(
    _ name: String, as type: Value.Type
  ) throws(HTTPError) -> Value {
    guard let value = try value(name, as: type) else {
      throw HTTPError(.badRequest, "'\(name)' is missing")
    }
    return value
  }
}
