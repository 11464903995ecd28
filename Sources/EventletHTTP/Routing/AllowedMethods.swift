internal import HTTPTypes

/// What an `Allow` names (RFC 9110, 10.2.1).
struct AllowedMethods {
  /// Those of RFC 9110 and 5789 that are for resources of servers' own: CONNECT and TRACE are not.
  static let usual: [HTTPRequest.Method] = [.delete, .get, .head, .options, .patch, .post, .put]

  private var methods: Set<HTTPRequest.Method> = [.options]

  mutating func insert(_ more: [HTTPRequest.Method]) {
    methods.formUnion(more)
    if methods.contains(.get) { methods.insert(.head) }
  }

  /// In the order of their names.
  var sorted: [HTTPRequest.Method] { methods.sorted { $0.rawValue < $1.rawValue } }
}

extension [HTTPRequest.Method] {
  /// As the value of a field.
  var fieldValue: String { map(\.rawValue).joined(separator: ", ") }
}
