public import EventletHTTP
public import EventletNet
public import HTTPTypes

/// JSON that a client has sent and that cannot be taken.
///
/// A handler that lets it go on answers with its ``status`` and what is wrong: places in the JSON are
/// told, names of types and other things inside of the program are not.
///
/// ```
/// JSON: 'items[2].price' is not a number
/// ```
public enum JSONError: PeerError, RespondingError, Hashable, Sendable, CustomStringConvertible {
  /// The body is of another type than `application/json` or `…+json` in UTF-8; nil if it has none.
  case unsupportedType(String?)
  /// More bytes than allowed.
  case tooLarge(limit: Int)
  /// More arrays and objects inside of each other than allowed.
  case tooDeep(limit: Int)
  /// Not JSON (RFC 8259), or not UTF-8, from this place on; both count from 1, columns in characters.
  case malformed(line: Int, column: Int)
  /// A member that must be there is not.
  case missing(path: String)
  /// A value, perhaps null, is of another kind than expected; the path is empty for the whole.
  case mismatch(path: String, expected: String)
  /// A value is of the right kind but not possible; the path is empty where it is not known, as with
  /// numbers out of range.
  case invalid(path: String)

  /// What to answer with: 400, 413, 415 or 422.
  public var status: HTTPResponse.Status {
    switch self {
    case .unsupportedType: .unsupportedMediaType
    case .tooLarge: .contentTooLarge
    case .tooDeep, .malformed: .badRequest
    case .missing, .mismatch, .invalid: .unprocessableContent
    }
  }

  /// The answer: ``status``, and what is wrong as text.
  public var response: ServerResponse { HTTPError(status, "\(self)").response }

  /// A short text.
  public var description: String {
    switch self {
    case .unsupportedType(let type): "JSON: content type '\(type ?? "")' is not the expected one"
    case .tooLarge(let limit): "JSON: more than \(limit) bytes"
    case .tooDeep(let limit): "JSON: more than \(limit) levels"
    case .malformed(let line, let column): "JSON: malformed at line \(line), column \(column)"
    case .missing(let path): "JSON: '\(path)' is missing"
    case .mismatch("", let expected): "JSON: the whole is not \(expected)"
    case .mismatch(let path, let expected): "JSON: '\(path)' is not \(expected)"
    case .invalid(""): "JSON: a value is not possible"
    case .invalid(let path): "JSON: '\(path)' has a value that is not possible"
    }
  }
}
