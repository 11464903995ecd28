/// A mistake in how a server is used.
///
/// The handler that makes it gets the error, where it waits or writes; what it does not catch is
/// reported, and the client gets 500, or the connection is cut if the response had begun.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The body was read, or the response written, when the request was over.
  case requestEnded
  /// A response with a `Transfer-Encoding` of its own: that is the server's.
  case transferEncodingSet
  /// A response whose `Content-Length` is no number.
  case malformedContentLength(String)
  /// A body that is longer or shorter than the response's `Content-Length`.
  case contentLengthMismatch(announced: Int, sent: Int)
  /// A response with an informational status, other than of an upgrade.
  case informationalStatus(Int)
  /// A response that takes over the connection although the client has not asked to.
  case notAnUpgrade
  /// A connection that is to begin with a header of the PROXY protocol, and is no `GreenSocket`.
  case proxyProtocolNeedsSocket
  /// The server has been stopped, and is not for another serving.
  case stopped

  /// A short text.
  public var description: String {
    switch self {
    case .requestEnded: "the request is over"
    case .transferEncodingSet: "a response cannot have a Transfer-Encoding of its own"
    case .malformedContentLength(let value): "the response's Content-Length '\(value)' is no number"
    case .contentLengthMismatch(let announced, let sent):
      "the response's Content-Length is \(announced), and its body has \(sent) bytes"
    case .informationalStatus(let code): "\(code) is not the status of a response"
    case .notAnUpgrade: "the request does not ask for an upgrade"
    case .proxyProtocolNeedsSocket: "only a socket can begin with a header of the PROXY protocol"
    case .stopped: "the server has been stopped"
    }
  }
}
