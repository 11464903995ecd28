public import EventletNet
public import HTTPTypes

/// What is wrong with a request that a client has sent.
///
/// The server answers it with ``status`` and closes the connection. A handler gets one when it reads
/// a body that turns out to be malformed; one that lets it go on is answered the same way.
///
/// ```swift
/// do { text = try request.body.readText() } catch let error as RequestError {
///   throw HTTPError(error.status, "send a text, not more than a page")
/// }
/// ```
public struct RequestError: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The request line is not `METHOD TARGET HTTP/1.x`, with single spaces (RFC 9112, 3).
    case malformedRequestLine
    /// A method that is no token (RFC 9110, 9.1).
    case malformedMethod
    /// A target that is in no form that its method may have (RFC 9112, 3.2).
    case malformedTarget
    /// The version's first number is not 1.
    case unsupportedVersion
    /// The request line is longer than ``HTTPLimits/requestLine``.
    case requestLineTooLong
    /// A line that does not end in CR LF, or has a CR elsewhere (RFC 9112, 2.2).
    case malformedLineEnding
    /// A line of a field without a colon, or whose name is no token: with a space before the colon,
    /// for example (RFC 9112, 5.1).
    case malformedFieldName
    /// A control character in a field's value (RFC 9110, 5.5).
    case malformedFieldValue
    /// A field that goes on in the next line (RFC 9112, 5.2).
    case foldedField
    /// A line of a field is longer than ``HTTPLimits/fieldLine``.
    case fieldLineTooLong
    /// All fields together are longer than ``HTTPLimits/fields``.
    case fieldsTooLong
    /// More fields than ``HTTPLimits/fieldCount``.
    case tooManyFields
    /// No `Host`, though HTTP/1.1 demands one (RFC 9112, 3.2).
    case missingHost
    /// More than one `Host`.
    case repeatedHost
    /// A `Host` that names no host.
    case malformedHost
    /// A `Content-Length` that is not digits alone (RFC 9110, 8.6).
    case malformedContentLength
    /// More than one `Content-Length`.
    case repeatedContentLength
    /// A `Content-Length` beside a `Transfer-Encoding` (RFC 9112, 6.1).
    case contradictoryLengths
    /// A `Transfer-Encoding` in which `chunked` is not the last, or repeated (RFC 9112, 6.3).
    case malformedTransferEncoding
    /// A `Transfer-Encoding` that nobody here decodes.
    case unsupportedTransferEncoding
    /// A `Transfer-Encoding` in a request of HTTP/1.0 (RFC 9112, 6.1).
    case transferEncodingInHTTP1_0
    /// An `Expect` other than `100-continue` (RFC 9110, 10.1.1).
    case unsupportedExpectation
    /// A chunk whose size or end is malformed (RFC 9112, 7.1).
    case malformedChunk
    /// More in the lines of chunks and trailers than ``HTTPLimits/chunkOverhead``.
    case chunkOverheadTooLong
    /// A body longer than this allows.
    case bodyTooLong(limit: Int)
    /// A body that expands to more than so many times what is sent, see
    /// ``requestDecompression(limit:maximumRatio:)``.
    case bodyExpandsTooMuch(maximumRatio: Int)
    /// A body that is not in the coding that `Content-Encoding` says.
    case malformedContentCoding(ContentCoding)
    /// A body that ends before its coding does.
    case truncatedContentCoding(ContentCoding)
    /// A body that goes on behind the end of its coding.
    case dataAfterContentCoding(ContentCoding)
    /// The client has stopped sending before the body's end, with at least so many bytes missing.
    case bodyEndedEarly(missing: Int)
    /// The client has taken too long to send the request's head.
    case headTimedOut
    /// The client has taken too long to send the body.
    case bodyTimedOut
  }

  /// What is wrong.
  public let reason: Reason

  /// Creates the error.
  public init(_ reason: Reason) { self.reason = reason }

  /// The status that a server answers with.
  public var status: HTTPResponse.Status {
    switch reason {
    case .requestLineTooLong: .uriTooLong
    case .fieldLineTooLong, .fieldsTooLong, .tooManyFields: .requestHeaderFieldsTooLarge
    case .unsupportedVersion: .httpVersionNotSupported
    case .unsupportedTransferEncoding: .notImplemented
    case .unsupportedExpectation: .expectationFailed
    case .bodyTooLong, .bodyExpandsTooMuch: .contentTooLarge
    case .headTimedOut, .bodyTimedOut: .requestTimeout
    default: .badRequest
    }
  }

  /// A short text.
  public var description: String {
    switch reason {
    case .malformedRequestLine: "malformed request line"
    case .malformedMethod: "malformed method"
    case .malformedTarget: "malformed request target"
    case .unsupportedVersion: "unsupported version of HTTP"
    case .requestLineTooLong: "request line too long"
    case .malformedLineEnding: "line that does not end in CR LF"
    case .malformedFieldName: "malformed field name"
    case .malformedFieldValue: "control character in a field"
    case .foldedField: "field that goes on in the next line"
    case .fieldLineTooLong: "field too long"
    case .fieldsTooLong: "fields too long"
    case .tooManyFields: "too many fields"
    case .missingHost: "no Host"
    case .repeatedHost: "more than one Host"
    case .malformedHost: "malformed Host"
    case .malformedContentLength: "malformed Content-Length"
    case .repeatedContentLength: "more than one Content-Length"
    case .contradictoryLengths: "Content-Length beside Transfer-Encoding"
    case .malformedTransferEncoding: "malformed Transfer-Encoding"
    case .unsupportedTransferEncoding: "unsupported Transfer-Encoding"
    case .transferEncodingInHTTP1_0: "Transfer-Encoding in a request of HTTP/1.0"
    case .unsupportedExpectation: "unsupported Expect"
    case .malformedChunk: "malformed chunk"
    case .chunkOverheadTooLong: "lines of chunks too long"
    case .bodyTooLong(let limit): "body longer than \(limit) bytes"
    case .bodyExpandsTooMuch(let ratio): "body that expands to over \(ratio) times its length"
    case .malformedContentCoding(let coding): "body that is not in its content coding, \(coding)"
    case .truncatedContentCoding(let coding): "body whose content coding, \(coding), does not end"
    case .dataAfterContentCoding(let coding):
      "body that goes on behind the end of its content coding, \(coding)"
    case .bodyEndedEarly(let missing): "body that ended early, at least \(missing) bytes missing"
    case .headTimedOut: "request not sent in time"
    case .bodyTimedOut: "body not sent in time"
    }
  }
}
