/// The fields of a form, or the parameters of a query: names and values in order, where a name may
/// come more than once.
///
/// ```swift
/// let query = try FormFields(parsing: "page=2&tag=swift&tag=linux")
/// query["page"]        // "2"
/// query.all("tag")     // ["swift", "linux"]
/// ```
///
/// In Python: `urllib.parse.parse_qsl` and `urlencode`.
public struct FormFields: NamedValueList, CustomStringConvertible {
  /// All fields.
  public private(set) var pairs: [NamedValue] = []

  /// Creates a form without fields.
  public init() {}

  /// Creates a form of these fields.
  public init(_ fields: some Sequence<NamedValue>) { pairs = Array(fields) }

  /// Reads `application/x-www-form-urlencoded`: the body of a form, or the part of a URL behind
  /// the question mark.
  ///
  /// Leniently, as the URL Standard has it: a field without `=` has an empty value, an empty field
  /// is none, a `%` without two digits stands for itself. Bytes that are no UTF-8 come as U+FFFD.
  /// - Parameters:
  ///   - text: The encoded fields.
  ///   - maxCount: The most fields; 1000 by default.
  ///   - maxSize: The most bytes of all; 1 MiB by default.
  /// - Throws: ``FormError/tooManyFields(limit:)``, ``FormError/tooLarge(limit:)``.
  public init(
    parsing text: String, maxCount: Int = 1000, maxSize: Int = 1_048_576
  ) throws(FormError) {
    try self.init(parsing: Array(text.utf8), maxCount: maxCount, maxSize: maxSize)
  }

  /// Reads the bytes of `application/x-www-form-urlencoded`.
  /// - Parameters:
  ///   - bytes: The encoded fields.
  ///   - maxCount: The most fields; 1000 by default.
  ///   - maxSize: The most bytes of all; 1 MiB by default.
  /// - Throws: ``FormError/tooManyFields(limit:)``, ``FormError/tooLarge(limit:)``.
  public init(
    parsing bytes: [UInt8], maxCount: Int = 1000, maxSize: Int = 1_048_576
  ) throws(FormError) {
    guard bytes.count <= maxSize else { throw .tooLarge(limit: maxSize) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let field = rest.prefix { $0 != UInt8(ascii: "&") }
      rest = rest[field.endIndex...].dropFirst()
      if field.isEmpty { continue }
      guard pairs.count < maxCount else { throw .tooManyFields(limit: maxCount) }
      let name = field.prefix { $0 != UInt8(ascii: "=") }
      append(
        name: Self.decode(name), value: Self.decode(field[name.endIndex...].dropFirst()))
    }
  }

  private static func decode(_ text: ArraySlice<UInt8>) -> String {
    String(
      decoding: text.withUnsafeBufferPointer { PercentCoding.decode($0, plusIsSpace: true) },
      as: UTF8.self)
  }

  /// Adds a field behind the others.
  public mutating func append(name: String, value: String) {
    pairs.append(NamedValue(name: name, value: value))
  }

  /// The fields as `application/x-www-form-urlencoded`: a body, or a query without the question
  /// mark.
  public var description: String {
    pairs.map {
      $0.name.percentEncoded(for: .form) + "=" + $0.value.percentEncoded(for: .form)
    }.joined(separator: "&")
  }
}

extension FormFields: ExpressibleByDictionaryLiteral {
  /// Creates a form of the fields that stand in the program; a name may come more than once.
  public init(dictionaryLiteral elements: (String, String)...) {
    pairs = elements.map { NamedValue(name: $0.0, value: $0.1) }
  }
}

/// What a URL has behind its question mark: the same as a form.
public typealias QueryParameters = FormFields
