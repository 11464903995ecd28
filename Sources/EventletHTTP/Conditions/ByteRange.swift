internal import EventletCore

/// A part of a representation: the bytes from one place to another, both among them.
///
/// ```swift
/// switch ByteRange.select(fields[.range], ofSize: file.size) {
/// case .whole: status = .ok
/// case .parts(let ranges) where ranges.count == 1:
///   status = .partialContent
///   fields[.contentRange] = ranges[0].contentRange(ofSize: file.size)
/// case .parts: …   // multipart/byteranges
/// case .unsatisfiable:
///   status = .rangeNotSatisfiable
///   fields[.contentRange] = ByteRange.unsatisfiedContentRange(ofSize: file.size)
/// }
/// ```
///
/// See RFC 9110, section 14.
public struct ByteRange: Hashable, Sendable {
  /// The place of the first byte, counted from 0.
  public let first: Int
  /// The place of the last byte, at least ``first``.
  public let last: Int

  /// Creates a range; traps unless `first` is at least 0 and `last` at least `first`.
  public init(first: Int, last: Int) {
    require(first >= 0 && first <= last, "ByteRange: \(first) to \(last) is no range")
    self.first = first
    self.last = last
  }

  /// How many bytes it has.
  public var count: Int { last - first + 1 }

  /// What a field `Range` asks for.
  public enum Selection: Hashable, Sendable {
    /// All of it, with status 200: the field is absent, malformed, of another unit, or asks for more
    /// parts than allowed.
    case whole
    /// Parts, with status 206; at least one, and none has a byte of another.
    case parts([ByteRange])
    /// Nothing that there is: status 416.
    case unsatisfiable
  }

  /// Reads a field `Range`.
  ///
  /// Parts that overlap or touch become one, in the place of the first of them, so that all together
  /// are never more than the whole. Of an empty representation the whole is sent: there are clients
  /// that always ask for the first so many bytes.
  /// - Parameters:
  ///   - value: Of the field; nil if there is none. It counts for GET alone, see
  ///     ``Preconditions/allowsRange(method:current:)``.
  ///   - size: How many bytes the representation has. Must not be negative.
  ///   - maxCount: How many parts may be asked for, 32 by default: each costs some hundred bytes more
  ///     than it holds.
  /// - Returns: What to send.
  public static func select(
    _ value: String?, ofSize size: Int, maxCount: Int = 32
  ) -> Selection {
    require(size >= 0, "ByteRange: a size of \(size)")
    guard let value, size > 0, let specifiers = specifiers(in: value[...]) else { return .whole }
    var ranges: [ByteRange] = []
    var count = 0
    for specifier in specifiers where !specifier.isEmpty {
      count += 1
      guard count <= maxCount, let bounds = Bounds(parsing: specifier) else { return .whole }
      if let range = bounds.resolved(inSize: size) { merge(range, into: &ranges) }
    }
    guard count > 0 else { return .whole }
    return ranges.isEmpty ? .unsatisfiable : .parts(ranges)
  }

  private static func specifiers(in value: Substring) -> [Substring]? {
    guard let equals = value.firstIndex(of: "="), value[..<equals].lowercased() == "bytes" else {
      return nil
    }
    return value[value.index(after: equals)...].split(separator: ",")
      .map(\.withoutSurroundingBlanks)
  }

  private func touches(_ other: ByteRange) -> Bool {
    first <= other.last + 1 && other.first <= last + 1
  }

  private static func merge(_ range: ByteRange, into ranges: inout [ByteRange]) {
    var merged = range
    var place: Int?
    // Until nothing changes: what has grown may touch others that came before.
    while let index = ranges.firstIndex(where: { $0.touches(merged) }) {
      let other = ranges.remove(at: index)
      merged = ByteRange(first: min(merged.first, other.first), last: max(merged.last, other.last))
      place = min(place ?? index, index)
    }
    ranges.insert(merged, at: place ?? ranges.count)
  }

  /// The value of `Content-Range` for this part.
  /// - Parameter size: How many bytes the representation has.
  /// - Returns: `bytes 0-99/1000`.
  public func contentRange(ofSize size: Int) -> String { "bytes \(first)-\(last)/\(size)" }

  /// The value of `Content-Range` for status 416.
  /// - Parameter size: How many bytes the representation has.
  /// - Returns: `bytes */1000`.
  public static func unsatisfiedContentRange(ofSize size: Int) -> String { "bytes */\(size)" }
}

/// One of the forms `1-2`, `1-` and `-2`.
///
/// Numbers that do not fit are as large as can be: places that no representation has.
private enum Bounds {
  case from(Int, to: Int?)
  case suffix(Int)

  init?(parsing text: Substring) {
    guard let dash = text.utf8.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let (before, after) = (text[..<dash], text[text.index(after: dash)...])
    switch (Self.number(before), Self.number(after)) {
    case (let first?, let last?):
      guard first <= last else { return nil }
      self = .from(first, to: last)
    case (let first?, nil) where after.isEmpty: self = .from(first, to: nil)
    case (nil, let count?) where before.isEmpty: self = .suffix(count)
    default: return nil
    }
  }

  private static func number(_ text: Substring) -> Int? {
    text.isDigits ? Int(text) ?? .max : nil
  }

  /// nil if there is no byte of it.
  func resolved(inSize size: Int) -> ByteRange? {
    switch self {
    case .from(let first, let last):
      first < size ? ByteRange(first: first, last: min(last ?? .max, size - 1)) : nil
    case .suffix(let count):
      count > 0 ? ByteRange(first: max(size - count, 0), last: size - 1) : nil
    }
  }
}
