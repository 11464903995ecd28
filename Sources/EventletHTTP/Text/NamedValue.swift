/// A name and a value: a field of a form, a cookie, a parameter.
///
/// ```swift
/// for field in try FormFields(parsing: query) { print(field.name, field.value) }
/// ```
public struct NamedValue: Hashable, Sendable {
  /// The name.
  public let name: String
  /// The value, decoded; perhaps empty.
  public let value: String

  /// Creates a pair.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// Names and values in the order they came in, where a name may come more than once.
///
/// ``FormFields`` and ``Cookies`` are such lists:
///
/// ```swift
/// let page = query["page"] ?? "1"
/// let tags = query.all("tag")
/// ```
public protocol NamedValueList: RandomAccessCollection, Hashable, Sendable
where Element == NamedValue, Index == Int {
  /// All pairs.
  var pairs: [NamedValue] { get }
}

extension NamedValueList {
  /// 0.
  public var startIndex: Int { 0 }
  /// The number of pairs.
  public var endIndex: Int { pairs.count }
  /// The pair at a place.
  public subscript(position: Int) -> NamedValue { pairs[position] }

  /// The first value of a name; nil if there is none.
  public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// All values of a name, in order; empty if there are none.
  public func all(_ name: String) -> [String] {
    pairs.lazy.filter { $0.name == name }.map(\.value)
  }
}
