@testable import EventletHTTP

extension HTTPLimits {
  /// So small that a fuzzer reaches them.
  static let tight = {
    var limits = HTTPLimits()
    limits.requestLine = 48
    limits.fieldLine = 32
    limits.fields = 96
    limits.fieldCount = 4
    limits.chunkOverhead = 24
    return limits
  }()

  /// None at all.
  static let none = {
    var limits = HTTPLimits()
    limits.requestLine = .max
    limits.fieldLine = .max
    limits.fields = .max
    limits.fieldCount = .max
    limits.chunkOverhead = .max
    return limits
  }()
}
