import COpenSSL
import EventletNet

@testable import EventletTLS

/// What is kept to come back with, looked at from other times.
enum Sessions {
  static var now: Int { SessionLife.now }

  /// Whether a client would ask a server to go on, `seconds` from now; takes what it finds.
  static func take(_ context: TLSClientContext, to address: SocketAddress, in seconds: Int) -> Bool
  {
    let server = SessionCache.Server(subject: "\(address)", name: "localhost")
    guard let found = context.current.sessions?.take(for: server, at: now + seconds) else {
      return false
    }
    SSL_SESSION_free(found.pointer)
    return true
  }

  static func count(_ context: TLSClientContext) -> Int { context.current.sessions?.count ?? 0 }

  /// Makes it look as if the servers had been verified earlier.
  static func age(_ context: TLSClientContext, to address: SocketAddress, by seconds: Int) -> Bool {
    let server = SessionCache.Server(subject: "\(address)", name: "localhost")
    guard let cache = context.current.sessions, let found = cache.take(for: server) else {
      return false
    }
    cache.insert(
      .init(pointer: found.pointer, verification: found.verification - seconds), of: server)
    return true
  }

  /// Whether a server would refuse the connection's ticket, `seconds` from now.
  static func isTicketOver(_ connection: TLSSocket, in seconds: Int) -> Bool? {
    SSL_get_session(connection.engine.ssl).map { SessionLife.isTicketOver($0, at: now + seconds) }
  }
}
