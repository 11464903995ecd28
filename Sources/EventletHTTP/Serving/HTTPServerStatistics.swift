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
  /// Connections that are open at this time.
  public internal(set) var openConnectionCount = 0
  /// Requests that were received with a whole head.
  public internal(set) var requestCount = 0
  /// Requests that were refused because they were malformed or came too slowly.
  public internal(set) var refusedCount = 0
  /// Requests that a handler is answering at this time.
  public internal(set) var activeCount = 0

  /// What two servers have done together.
  public static func + (
    left: HTTPServerStatistics, right: HTTPServerStatistics
  ) -> HTTPServerStatistics {
    var sum = left
    sum.connectionCount += right.connectionCount
    sum.openConnectionCount += right.openConnectionCount
    sum.requestCount += right.requestCount
    sum.refusedCount += right.refusedCount
    sum.activeCount += right.activeCount
    return sum
  }
}
