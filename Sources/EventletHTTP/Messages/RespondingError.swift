internal import HTTPTypes

/// An error that says how a request is to be answered.
///
/// A handler may let one go on: it is an answer, and not reported. If a response has begun the
/// connection is cut instead. ``HTTPError`` is the general one; conform the errors of a program of your
/// own:
///
/// ```swift
/// struct OutOfStock: RespondingError {
///   let item: String
///   var response: ServerResponse { .text("no \(item) left", status: .conflict) }
/// }
/// ```
public protocol RespondingError: Error {
  /// The answer.
  var response: ServerResponse { get }
}

extension HTTPError: RespondingError {}

extension FormError: RespondingError {
  /// 400, or 413 when there is too much, and what is wrong.
  public var response: ServerResponse { HTTPError(status, "\(self)").response }
}

extension FileAccessError: RespondingError {
  /// Its ``status``, and nothing about the path.
  public var response: ServerResponse { HTTPError(status).response }
}

extension PercentCodingError: RespondingError {
  /// 400, and what is wrong.
  public var response: ServerResponse { HTTPError(.badRequest, "\(self)").response }
}
