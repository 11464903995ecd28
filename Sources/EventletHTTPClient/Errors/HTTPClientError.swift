public import EventletNet

/// Why a request has no answer, or not all of one.
///
/// Says what was done, on what, and why: `GET https://example.org/: cannot connect: connection refused`.
///
/// ```swift
/// do {
///   print(try HTTPClient.get(url).text())
/// } catch let error as HTTPClientError where error.reason == .connect {
///   print("nobody listens there")
/// }
/// ```
///
/// Limits of time throw ``HTTPClientTimeout``, and answers that are not as hoped
/// ``UnsuccessfulResponse``, and only where that is asked for.
///
/// In Python: `urllib.error.URLError`, `requests.RequestException`.
public struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// How far a request has come.
  public enum Phase: Hashable, Sendable {
    /// Nothing was sent, nor tried: the request itself is wrong, or the client is closed.
    case request
    /// The host's address was being looked for.
    case nameLookUp
    /// The connection was being made, or the proxy asked for one.
    case connect
    /// TLS was being negotiated.
    case tls
    /// The request was being sent.
    case sending
    /// The head of the answer was to come.
    case head
    /// The answer points elsewhere.
    case redirect
    /// The body of the answer was being received.
    case body
  }

  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The text is no URL that can be asked for; why.
    case invalidURL(String)
    /// The request cannot be sent as it is, such as a field that is the client's own; why.
    case invalidRequest(String)
    /// The host has no address.
    case nameLookUp(NameError)
    /// Nobody can be reached at the host's addresses.
    case connect
    /// The proxy cannot be reached, or does not do what it is asked for.
    case proxy
    /// TLS cannot be agreed on.
    case tls
    /// The server's certificate is not to be trusted, or is not for that host.
    case certificate
    /// The own certificate or key, or the list of authorities, cannot be used.
    case tlsConfiguration
    /// The connection broke while the request was sent.
    case sending
    /// The connection ended before the answer had begun.
    case connectionClosed
    /// What came is no head of an answer in HTTP.
    case malformedHead
    /// The heads are longer than ``HTTPClient/Limits/head``.
    case headTooLarge(limit: Int)
    /// The connection ended in the middle of the body.
    case bodyTruncated
    /// The body is not framed as HTTP has it.
    case malformedBody
    /// The body is longer than the call takes.
    case bodyTooLong(limit: Int)
    /// The body is not in the coding that it is said to be in.
    case malformedCoding
    /// The body becomes more than ``HTTPClient/Limits/decompressionRatio`` times its size.
    case decompressionRatio(Int)
    /// There are more redirects than ``HTTPClient/Redirects/limit``.
    case redirectLimit(Int)
    /// There are more redirects than ``HTTPClient/Redirects/limit``, and they lead round in a circle.
    case redirectLoop
    /// A redirect that is not followed: to what is not HTTP, or from https to http; where to, without a
    /// password.
    case redirectRefused(String)
    /// A redirect asks for the body once more, and that is gone.
    case bodyNotRepeatable
    /// Another number of bytes was written than was announced.
    case bodyLengthMismatch(announced: Int, written: Int)
    /// HTTP/2 is not spoken as it should be.
    case http2
    /// The client was closed.
    case clientClosed
    /// The response was closed, or the green thread that drives the client was killed.
    case abandoned
    /// There is no memory.
    case outOfMemory
    /// Anything else that libcurl reports.
    case other
  }

  /// What is wrong.
  public let reason: Reason
  /// What was asked for, without a password; empty if no request is concerned.
  public let url: String
  /// What libcurl says of it; may be empty.
  public let detail: String
  /// The `CURLcode` of libcurl; 0 if it has not noticed anything.
  public let curlCode: UInt32

  /// How far the request had come.
  public let phase: Phase

  /// `url` may have a password; `phase` is that of an error that may come at any time.
  init(
    _ reason: Reason, url: String = "", phase: Phase = .request, detail: String = "",
    curlCode: UInt32 = 0
  ) {
    self.reason = reason
    self.url = URLCredentials.removed(from: url)
    self.detail = detail
    self.curlCode = curlCode
    self.phase = reason.phase ?? phase
  }

  /// The same, of a request for that.
  func about(_ url: HTTPLocation) -> HTTPClientError {
    HTTPClientError(reason, url: "\(url)", phase: phase, detail: detail, curlCode: curlCode)
  }

  /// What – on what – why.
  public var description: String {
    let subject = url.isEmpty ? "HTTP client" : url
    let why = detail.isEmpty ? "" : ": \(detail)"
    return "\(subject): \(reason.text)\(why)"
  }
}

extension HTTPClientError.Reason {
  /// The only phase that it may come in; nil for what may come at any time.
  fileprivate var phase: HTTPClientError.Phase? {
    switch self {
    case .invalidURL, .invalidRequest: .request
    case .nameLookUp: .nameLookUp
    case .connect, .proxy: .connect
    case .tls, .certificate, .tlsConfiguration: .tls
    case .sending, .bodyLengthMismatch: .sending
    case .connectionClosed, .malformedHead, .headTooLarge, .http2: .head
    case .redirectLimit, .redirectLoop, .redirectRefused, .bodyNotRepeatable: .redirect
    case .bodyTruncated, .malformedBody, .bodyTooLong, .malformedCoding, .decompressionRatio: .body
    case .clientClosed, .abandoned, .outOfMemory, .other: nil
    }
  }

  fileprivate var text: String {
    switch self {
    case .invalidURL(let why): "no URL to ask for: \(why)"
    case .invalidRequest(let why): "not to be sent: \(why)"
    case .nameLookUp(let error): "\(error)"
    case .connect: "cannot connect"
    case .proxy: "the proxy does not help"
    case .tls: "TLS cannot be agreed on"
    case .certificate: "the certificate is not to be trusted"
    case .tlsConfiguration: "the own certificates or keys cannot be used"
    case .sending: "the connection broke while the request was sent"
    case .connectionClosed: "the connection ended before the answer"
    case .malformedHead: "what came is no answer in HTTP"
    case .headTooLarge(let limit): "the answer's head has over \(limit) bytes"
    case .bodyTruncated: "the connection ended in the middle of the body"
    case .malformedBody: "the body is malformed"
    case .bodyTooLong(let limit): "the body has over \(limit) bytes"
    case .malformedCoding: "the body cannot be decompressed"
    case .decompressionRatio(let ratio): "the body becomes over \(ratio) times its size"
    case .redirectLimit(let limit): "over \(limit) redirects"
    case .redirectLoop: "the redirects go round in a circle"
    case .redirectRefused(let target): "a redirect to \(target) is not followed"
    case .bodyNotRepeatable: "the body is gone and cannot be sent again"
    case .bodyLengthMismatch(let announced, let written):
      "\(announced) bytes were announced and \(written) written"
    case .http2: "HTTP/2 fails"
    case .clientClosed: "the client was closed"
    case .abandoned: "the response was closed"
    case .outOfMemory: "there is no memory"
    case .other: "failed"
    }
  }
}
