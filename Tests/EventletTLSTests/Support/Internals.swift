import CEventletTLS
import COpenSSL
import EventletCore

@testable import EventletTLS

/// What no API of ours does, done behind its back.
enum KeyUpdate {
  /// Has the next send begin with new keys, and ask for such.
  static func ask(_ connection: TLSSocket) -> Bool {
    SSL_key_update(connection.engine.ssl, SSL_KEY_UPDATE_REQUESTED) == 1
  }
}

enum Fragments {
  /// Has messages that are longer go in several records.
  static func limit(_ connection: TLSSocket, to size: Int) -> Bool {
    SSL_ctrl(connection.engine.ssl, SSL_CTRL_SET_MAX_SEND_FRAGMENT, size, nil) == 1
  }
}

enum Renegotiation {
  /// Asks the other end to shake hands anew, as a peer without our settings might.
  /// - Returns: whether the request is on its way.
  static func ask(_ connection: TLSSocket) throws -> Bool {
    defer { ERR_clear_error() }
    let ssl = connection.engine.ssl
    SSL_clear_options(ssl, UInt64(1) << 30)  // SSL_OP_NO_RENEGOTIATION, a macro.
    guard SSL_renegotiate(ssl) == 1 else { return false }
    _ = SSL_do_handshake(ssl)
    guard connection.engine.hasOutput else { return false }
    try connection.takeSendTurn("ask", Limit(nil))
    defer { connection.sendTurn.release() }
    try connection.sendRecords("ask", Limit(nil))
    return true
  }
}

enum EarlyData {
  static func limit(of connection: TLSSocket) -> UInt32 {
    SSL_get_max_early_data(connection.engine.ssl)
  }
}

/// The memory that a connection keeps for records.
enum RecordMemory {
  static func size(of connection: TLSSocket) -> Int {
    let channel = connection.engine.channel.pointee
    return channel.incoming.capacity + channel.outgoing.capacity + channel.sending.capacity
  }
}

enum ErrorLitter {
  /// What a library that shares OpenSSL with us may leave behind.
  static func leave() {
    _ = BIO_new_file("/nowhere/at-all", "r")
  }
}

/// Has a connection write a record that does not go out by itself.
struct Tap {
  private let connection: TLSSocket

  init(_ connection: TLSSocket) { self.connection = connection }

  func record(of bytes: [UInt8]) throws -> [UInt8] {
    _ = bytes.withUnsafeBytes { connection.engine.write($0) }
    let channel = connection.engine.channel
    defer { ev_tls_buffer_free(&channel.pointee.outgoing) }
    return Array(channel.pointee.outgoing.unread)
  }
}
