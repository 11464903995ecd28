internal import COpenSSL
internal import EventletCore

/// What servers have given a client to come back with, by server.
///
/// `@unchecked Sendable` because the lock guards the state; a session may be used on any OS thread.
final class SessionCache: @unchecked Sendable {
  /// Who is asked: the keys of one must never be offered to another.
  struct Server: Hashable {
    let subject: String
    let name: String
  }

  struct Session {
    let pointer: OpaquePointer
    /// When the server's certificate was verified, in this connection or an earlier one.
    let verification: Int
  }

  private struct Entry {
    var sessions: [Session]
    /// When it was used last.
    var use: UInt64
  }

  private static let mostServers = 256
  /// TLS 1.3 has each session used once, RFC 8446, appendix C.4; servers give several.
  private static let mostPerServer = 4

  private let lock = BriefLock()
  private var entries: [Server: Entry] = [:]
  private var uses: UInt64 = 0

  deinit { for entry in entries.values { Self.free(entry.sessions) } }

  private static func free(_ sessions: [Session]) {
    for session in sessions { SSL_SESSION_free(session.pointer) }
  }

  /// Takes over one reference.
  func insert(_ session: Session, of server: Server) {
    let dropped = lock.withLock { () -> [Session] in
      uses += 1
      var entry = entries[server] ?? Entry(sessions: [], use: 0)
      entry.use = uses
      entry.sessions.append(session)
      let surplus = max(0, entry.sessions.count - Self.mostPerServer)
      var dropped = Array(entry.sessions.prefix(surplus))
      entry.sessions.removeFirst(surplus)
      entries[server] = entry
      if entries.count > Self.mostServers,
        let oldest = entries.min(by: { $0.value.use < $1.value.use })
      {
        dropped += oldest.value.sessions
        entries[oldest.key] = nil
      }
      return dropped
    }
    Self.free(dropped)
  }

  /// The newest, which is the caller's; nil if there is none that may be used.
  ///
  /// Those whose time is over, see ``SessionLife``, are dropped.
  func take(for server: Server, at time: Int = SessionLife.now) -> Session? {
    while true {
      let found = lock.withLock { () -> Session? in
        uses += 1
        entries[server]?.use = uses
        let session = entries[server]?.sessions.popLast()
        if entries[server]?.sessions.isEmpty ?? false { entries[server] = nil }
        return session
      }
      guard let found else { return nil }
      if SSL_SESSION_is_resumable(found.pointer) == 1,
        !SessionLife.isOver(found.pointer, verified: found.verification, at: time)
      {
        return found
      }
      Self.free([found])
    }
  }

  var count: Int { lock.withLock { entries.values.reduce(0) { $0 + $1.sessions.count } } }
}
