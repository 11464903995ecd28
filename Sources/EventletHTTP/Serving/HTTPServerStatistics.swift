/// What a server has done since it was made, on its hub.
///
/// ```swift
/// let before = server.statistics.requestCount
/// try GreenThread.sleep(for: .seconds(1))
/// print("\(server.statistics.requestCount - before) requests a second")
/// ```
public struct HTTPServerStatistics: Hashable, Sendable {
  /// Connections that were accepted, and got through what comes before HTTP.
  public internal(set) var connectionCount = 0
  /// Requests that were received with a whole head.
  public internal(set) var requestCount = 0
  /// Requests that were refused because they were malformed or came too slowly.
  public internal(set) var refusedCount = 0
  /// Requests that a handler is answering at this time.
  public internal(set) var activeCount = 0
}
