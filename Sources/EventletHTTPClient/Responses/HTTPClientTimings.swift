/// How long what took, of the last request if there were redirects.
///
/// ```swift
/// let timings = response.timings
/// print("connected after", timings.connected ?? .zero, "first byte after", timings.firstByte)
/// ```
///
/// All but the look-up are counted from the moment at which libcurl began, by the kernel's clock. As far as
/// they are known: the total grows until the body has come.
public struct HTTPClientTimings: Hashable, Sendable {
  /// How long the look-up of the name took; zero if the address was known.
  public let nameLookUp: Duration
  /// Until the connection was made; nil if there was one already.
  public let connected: Duration?
  /// Until TLS was agreed on; nil without it, and if there was a connection.
  public let secured: Duration?
  /// Until the first byte of the answer came.
  public let firstByte: Duration
  /// Until all had come, or now.
  public let total: Duration

  init(_ information: TransferInformation, nameLookUp: Duration) {
    let isNew = information.openedConnections > 0
    self.nameLookUp = nameLookUp
    connected = isNew ? .microseconds(information.connected) : nil
    secured = isNew && information.secured > 0 ? .microseconds(information.secured) : nil
    firstByte = .microseconds(information.firstByte)
    total = .microseconds(information.total)
  }
}
