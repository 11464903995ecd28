internal import EventletCore
internal import HTTPTypes

/// Takes a body of several parts apart, without any input or output of its own: RFC 2046,
/// section 5.1, and RFC 7578 for forms.
///
/// ```swift
/// var parser = try MultipartParser(boundary: "abc")
/// parser.feed(bytes)
/// while let event = try parser.next() { print(event) }   // nil: feed it more
/// ```
///
/// Lines end with CR LF. What stands before the first boundary and behind the last is passed over.
/// It keeps what it was fed and has not handed out; it has handed out what it could when
/// ``next()`` returns nil. ``MultipartReader`` is a more convenient thing.
public struct MultipartParser {
  private enum State {
    /// Before the first delimiter.
    case preamble
    /// Right behind a delimiter.
    case behindDelimiter
    /// Where spaces may stand before the end of the delimiter's line.
    case padding
    case fields
    /// At the end of the empty line behind the fields: it may be that of a delimiter too.
    case dataBegins
    case data
    case ended
    case failed(FormError)
  }

  private let limits: Limits
  private let search: DelimiterSearch
  private var state = State.preamble
  // As if a line had ended before the first byte, for the first delimiter may be there.
  private var buffer: [UInt8] = [0x0d, 0x0a]
  /// Where the bytes begin that are not handed out.
  private var start = 0
  /// How many of them were searched for the end of a line.
  private var searchedCount = 0
  private var fields = HTTPFields()
  /// How many bytes of them, and of what goes before them, have passed.
  private var fieldsSize = 0
  private var partCount = 0

  /// Creates a parser.
  ///
  /// Traps when ``Limits/maxPartFieldsSize`` is over 128 KiB.
  /// - Parameters:
  ///   - boundary: As the content type says it.
  ///   - limits: ``Limits/init()`` by default.
  /// - Throws: ``FormError/invalidBoundary(_:)``.
  public init(boundary: String, limits: Limits = Limits()) throws(FormError) {
    guard let valid = MultipartBoundary(boundary) else { throw .invalidBoundary(boundary) }
    // HTTPFields has room for 65,534 fields, and the smallest has four bytes.
    require(
      limits.maxPartFieldsSize <= 131_072,
      "MultipartParser: maxPartFieldsSize \(limits.maxPartFieldsSize) is over 131072")
    search = DelimiterSearch(delimiter: valid.delimiter)
    self.limits = limits
  }

  /// Adds what has come of the body.
  public mutating func feed(_ bytes: [UInt8]) {
    switch state {
    case .ended, .failed: return
    default: break
    }
    if start == buffer.count {
      buffer = bytes
    } else {
      buffer.removeFirst(start)
      buffer += bytes
    }
    start = 0
  }

  /// Says that the body has ended.
  /// - Throws: ``FormError/truncated`` unless its last boundary has come.
  public mutating func finish() throws(FormError) {
    switch state {
    case .ended: break
    case .failed(let error): throw error
    default: throw fail(.truncated)
    }
  }

  /// Gives what comes next.
  /// - Returns: nil when it needs to be fed.
  /// - Throws: ``FormError``, and the same again from then on.
  public mutating func next() throws(FormError) -> Event? {
    while true {
      switch state {
      case .preamble: guard skipPreamble() else { return nil }
      case .behindDelimiter: guard readBehindDelimiter() else { return nil }
      case .padding: guard try readPadding() else { return nil }
      case .fields:
        guard try readFields() else { return nil }
        state = .dataBegins
        return .partBegins(fields)
      case .dataBegins:
        switch search.first(in: buffer, from: start) {
        case .whole(start): return endPart()
        case .beginning(start): return nil
        default:
          advance(to: start + 2)
          state = .data
        }
      case .data: return readData()
      case .ended: return .end
      case .failed(let error): throw error
      }
    }
  }

  private mutating func fail(_ error: FormError) -> FormError {
    state = .failed(error)
    buffer = []
    start = 0
    return error
  }

  private mutating func advance(to position: Int) {
    start = position
    searchedCount = 0
  }

  // Each of these returns whether it got to the end of what it reads.

  private mutating func skipPreamble() -> Bool {
    switch search.first(in: buffer, from: start) {
    case .whole(let position):
      advance(to: position + search.delimiter.count)
      state = .behindDelimiter
      return true
    case .beginning(let position): advance(to: position)
    case .nothing: advance(to: buffer.count)
    }
    return false
  }

  private mutating func readBehindDelimiter() -> Bool {
    let rest = buffer[start...].prefix(2)
    guard let first = rest.first else { return false }
    fieldsSize = 0
    guard first == UInt8(ascii: "-") else {
      state = .padding
      return true
    }
    guard let second = rest.dropFirst().first else { return false }
    if second == UInt8(ascii: "-") {
      state = .ended
      buffer = []
      start = 0
    } else {
      // The hyphen is none of what may stand there.
      state = .padding
    }
    return true
  }

  private mutating func readPadding() throws(FormError) -> Bool {
    let end = buffer[start...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? buffer.count
    try countFields(end - start)
    advance(to: end)
    let rest = buffer[start...].prefix(2)
    guard zip(rest, [0x0d, 0x0a]).allSatisfy({ $0 == $1 }) else {
      throw fail(.malformedBoundaryLine)
    }
    guard rest.count == 2 else { return false }
    guard partCount < limits.maxPartCount else {
      throw fail(.tooManyParts(limit: limits.maxPartCount))
    }
    partCount += 1
    fields = HTTPFields()
    advance(to: start + 2)
    state = .fields
    return true
  }

  private mutating func countFields(_ count: Int) throws(FormError) {
    fieldsSize += count
    guard fieldsSize <= limits.maxPartFieldsSize else {
      throw fail(.partFieldsTooLarge(limit: limits.maxPartFieldsSize))
    }
  }

  private mutating func readFields() throws(FormError) -> Bool {
    while true {
      guard let end = buffer[(start + searchedCount)...].firstIndex(of: 0x0a) else {
        searchedCount = buffer.count - start
        // A CR alone may be the empty line, which does not count.
        let isCR = buffer[start...].elementsEqual([0x0d])
        guard isCR || fieldsSize + searchedCount <= limits.maxPartFieldsSize else {
          throw fail(.partFieldsTooLarge(limit: limits.maxPartFieldsSize))
        }
        return false
      }
      let line = buffer[start...end]
      // The end of the empty line stays: see `dataBegins`.
      if line.elementsEqual([0x0d, 0x0a]) { return true }
      try countFields(line.count)
      guard let field = PartField.parse(line) else {
        throw fail(.malformedField(PartField.shown(line)))
      }
      fields.append(field)
      advance(to: end + 1)
    }
  }

  private mutating func readData() -> Event? {
    let end =
      switch search.first(in: buffer, from: start) {
      case .whole(start): start
      case .whole(let position), .beginning(let position): position
      case .nothing: buffer.count
      }
    if end > start {
      let data = Array(buffer[start..<end])
      advance(to: end)
      return .data(data)
    }
    let rest = buffer.count - start
    return rest >= search.delimiter.count ? endPart() : nil
  }

  private mutating func endPart() -> Event {
    advance(to: start + search.delimiter.count)
    state = .behindDelimiter
    return .partEnds
  }
}
