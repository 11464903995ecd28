public import HTTPTypes

/// An answer with a status that tells of no success.
///
/// Thrown by ``HTTPClientResponse/requireSuccess()`` alone.
///
/// In Python: `urllib.error.HTTPError`, `requests.HTTPError`.
public struct UnsuccessfulResponse: Error, Hashable, Sendable, CustomStringConvertible {
  /// The status of the answer.
  public let status: HTTPResponse.Status
  /// The fields of the answer.
  public let headerFields: HTTPFields
  /// Where the answer came from.
  public let url: String
  /// The beginning of the body, up to 1 KiB.
  public let bodyPrefix: [UInt8]

  /// The URL, the status, and the first line of the body.
  public var description: String {
    let line = String(decoding: bodyPrefix.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    let text = String(
      String.UnicodeScalarView(
        line.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : $0 }))
    return "\(url): \(status)\(text.isEmpty ? "" : ": \(text)")"
  }
}
