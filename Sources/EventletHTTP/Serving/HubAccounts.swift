internal import EventletCore
internal import Synchronization

/// How the statistics of each hub's server are read from elsewhere.
final class HubAccounts: Sendable {
  private let accounts = Mutex<[HubAccount]>([])

  /// On the hub of the server, with which it closes.
  func open(for server: HTTPServer) -> HubAccount {
    let account = HubAccount(server)
    let closing = AccountClosing(account)
    Hub.current.residents[ObjectIdentifier(closing)] = closing
    accounts.withLock { $0.append(account) }
    return account
  }

  func read() throws -> [HTTPServerStatistics] {
    try accounts.withLock { $0 }.map { try $0.read() }
  }
}

/// Closes an account at the end of its hub, when the last connections have been killed.
private final class AccountClosing {
  private let account: HubAccount

  init(_ account: HubAccount) { self.account = account }

  deinit { account.close() }
}

/// The statistics of one hub's server.
///
/// `@unchecked Sendable` because `server` is used by the hub's OS thread alone.
final class HubAccount: @unchecked Sendable {
  private let hub = Hub.current.reference
  private var server: HTTPServer?
  /// Of one that has ended, or is about to.
  private let last = Mutex<HTTPServerStatistics?>(nil)

  init(_ server: HTTPServer) { self.server = server }

  /// On the hub, at the server's end: from then on it may not come to answer.
  func note() {
    let statistics = server?.statistics
    last.withLock { $0 = statistics }
  }

  /// On the hub, at its end.
  func close() {
    note()
    server = nil
  }

  /// From anywhere; the hub answers between its green threads.
  func read() throws -> HTTPServerStatistics {
    if let statistics = try ask().receive() { return statistics }
    return last.withLock { $0 } ?? HTTPServerStatistics()
  }

  /// - Returns: where the answer comes, or the end. The hub drops the call when it has made it, or
  ///   when it is gone.
  private func ask() -> Channel<HTTPServerStatistics> {
    let answer = HubAnswer()
    hub.post { [self] in
      if let server { try? answer.channel.sendNoWait(server.statistics) }
    }
    return answer.channel
  }
}

/// What a hub is asked for; closed when nobody is left who would answer.
private final class HubAnswer: Sendable {
  let channel = Channel<HTTPServerStatistics>(capacity: 1)
  deinit { channel.close() }
}
