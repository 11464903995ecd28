public import EventletNet
public import HTTPTypes

/// A form, or a query, that cannot be read.
///
/// ```swift
/// do { form = try request.readForm() } catch FormError.fileTooLarge(let name, _) {
///   return .text("'\(name)' is too large", status: .contentTooLarge)
/// }
/// ```
///
/// One that a handler lets go on is answered with its ``status`` and text.
/// What reads the bytes of the form may throw something else besides.
public enum FormError: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// More fields than allowed.
  case tooManyFields(limit: Int)
  /// More parameters in a query than allowed.
  case tooManyParameters(limit: Int)
  /// More bytes than allowed, of all fields together.
  case tooLarge(limit: Int)
  /// More bytes than allowed in one file.
  case fileTooLarge(name: String, limit: Int)
  /// More bytes than allowed in all files together.
  case filesTooLarge(limit: Int)
  /// More parts than allowed.
  case tooManyParts(limit: Int)
  /// More bytes than allowed before the content of one part.
  case partFieldsTooLarge(limit: Int)
  /// The body is of another type than such a form; nil if it has none.
  case unsupportedType(String?)
  /// The content type says no boundary between the parts, or one that is none
  /// (RFC 2046, section 5.1.1).
  case invalidBoundary(String?)
  /// The boundary stands there with something else behind it than the end of the line.
  case malformedBoundaryLine
  /// A field of a part is none (RFC 9112, section 5).
  case malformedField(String)
  /// A part does not say which field of the form it is (RFC 7578, section 4.2).
  case missingName
  /// The body stops before its last boundary.
  case truncated

  /// What to answer with: 413, 415 or 400.
  public var status: HTTPResponse.Status {
    switch self {
    case .tooManyFields, .tooLarge, .fileTooLarge, .filesTooLarge, .tooManyParts,
      .partFieldsTooLarge:
      .contentTooLarge
    case .unsupportedType: .unsupportedMediaType
    case .tooManyParameters, .invalidBoundary, .malformedBoundaryLine, .malformedField,
      .missingName, .truncated:
      .badRequest
    }
  }

  /// A short text.
  public var description: String {
    switch self {
    case .tooManyFields(let limit): "form: more than \(limit) fields"
    case .tooManyParameters(let limit): "query: more than \(limit) parameters"
    case .tooLarge(let limit): "form: more than \(limit) bytes in its fields"
    case .fileTooLarge(let name, let limit):
      "form: more than \(limit) bytes in file '\(EscapedText(name))'"
    case .filesTooLarge(let limit): "form: more than \(limit) bytes in its files"
    case .tooManyParts(let limit): "form: more than \(limit) parts"
    case .partFieldsTooLarge(let limit): "form: more than \(limit) bytes of fields in a part"
    case .unsupportedType(let type):
      "form: content type '\(EscapedText(type ?? ""))' is not the expected one"
    case .invalidBoundary(let boundary):
      boundary.map { "form: '\(EscapedText($0))' is no boundary" } ?? "form: no boundary"
    case .malformedBoundaryLine: "form: something follows the boundary"
    case .malformedField(let line): "form: malformed field '\(EscapedText(line))' of a part"
    case .missingName: "form: a part without a name"
    case .truncated: "form: ends before its last boundary"
    }
  }
}
