internal import EventletCore
public import EventletNet

/// A server of HTTP on several hubs, as ``HTTPServer`` has started it.
///
/// May be used on any OS thread. Dropping the handle stops nothing.
public final class HTTPHubServer: Sendable {
  private let server: HubServer
  private let accounts: HubAccounts

  init(_ server: HubServer, _ accounts: HubAccounts) {
    self.server = server
    self.accounts = accounts
  }

  /// Where it listens, with the port that port 0 became.
  public var address: SocketAddress { server.address }

  /// Stops it on all hubs, as ``HTTPServer/stop(within:)`` does on one.
  ///
  /// Returns at once; ``wait(timeout:)`` tells when all is over.
  /// - Parameter limit: How long requests that are being answered may take; then they are cut. nil,
  ///   the default, is for ever.
  public func stop(within limit: Duration? = nil) { server.stop(within: limit) }

  /// Waits until the server has stopped, its connections have ended and its OS threads are gone; at
  /// most `timeout`.
  /// - Parameter timeout: nil, the default, waits for ever.
  /// - Returns: false when the time passed first.
  /// - Throws: as ``/EventletNet/HubServer/wait(timeout:)``.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws -> Bool { try server.wait(timeout: timeout) }

  /// As ``wait(timeout:)``, for async code.
  /// - Throws: as the green one; `CancellationError` if the task is cancelled.
  public nonisolated(nonsending) func wait() async throws { try await server.wait() }

  /// Counts of what all hubs have done and do, together.
  ///
  /// Asks them one after the other, so it is not of one moment. It costs nothing when nobody asks.
  /// - Throws: what a kill or timeout throws while a hub does not come to answer.
  public func statistics() throws -> HTTPServerStatistics {
    try hubStatistics().reduce(HTTPServerStatistics(), +)
  }

  /// Counts of what each hub has done and does, in the order in which they made their handlers; those
  /// of a hub that has ended are its last.
  /// - Throws: as ``statistics()``.
  public func hubStatistics() throws -> [HTTPServerStatistics] { try accounts.read() }
}
