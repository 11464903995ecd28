/// Finds what a server shows under a name, as certificates are found: by the exact name, or by a
/// wildcard in place of the first label.
struct NameTable<Value> {
  private var exact: [String: Value] = [:]
  /// By what follows the `*.`.
  private var wildcards: [String: Value] = [:]

  mutating func add(_ value: Value, for pattern: String) throws(TLSConfigurationError) {
    guard !pattern.isEmpty, pattern.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw .invalidSetting(name: "server name", value: pattern)
    }
    let pattern = pattern.lowercased()
    if pattern.hasPrefix("*.") {
      wildcards[String(pattern.dropFirst(2))] = value
    } else {
      guard !pattern.contains("*") else {
        throw .invalidSetting(name: "server name", value: pattern)
      }
      exact[pattern] = value
    }
  }

  func find(_ name: String) -> Value? {
    let name = name.lowercased()
    if let value = exact[name] { return value }
    guard !wildcards.isEmpty, let dot = name.firstIndex(of: "."), dot != name.startIndex else {
      return nil
    }
    return wildcards[String(name[name.index(after: dot)...])]
  }

  var values: [Value] { Array(exact.values) + wildcards.values }
}

extension NameTable: Sendable where Value: Sendable {}
