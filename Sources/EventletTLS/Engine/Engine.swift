internal import COpenSSL
internal import CEventletTLS
internal import EventletCore

/// One connection of TLS without anything below it: records go in and come out as bytes in memory.
///
/// Nothing here waits or makes a system call.
final class Engine {
  let context: ContextState
  let ssl: OpaquePointer
  let channel: UnsafeMutablePointer<ev_tls_channel>
  /// Whose sessions those are that come; nil for servers.
  let server: SessionCache.Server?
  let isServer: Bool
  /// Why OpenSSL refuses the peer's certificate, if it does.
  private(set) var certificateRefusal: TLSError.Reason?
  /// The peer's first bytes: whether it is TLS at all that it speaks.
  private var opening: [UInt8] = []
  private static let openingSize = 8
  /// The name that the peer must show a certificate for.
  private let expectedName: String?
  /// How many bytes may be read at a time without a look at what is here: OpenSSL's own record.
  static let recordSize = 16384

  /// When the server was verified whose session was asked to go on.
  private var earlierVerification: Int?
  /// When the peer was verified; if it went on with an earlier session, at the beginning of that.
  var verification: Int {
    SSL_session_reused(ssl) == 1 ? earlierVerification ?? SessionLife.now : SessionLife.now
  }

  enum Step {
    case done
    case needsInput
    case failed(TLSError.Reason)
  }

  enum Reading {
    case bytes(Int)
    case needsInput
    case ended
    case failed(TLSError.Reason)
  }

  /// A server's end.
  init(_ context: ContextState) throws {
    self.context = context
    server = nil
    isServer = true
    expectedName = nil
    (ssl, channel) = try Self.make(context)
    attach()
    SSL_set_accept_state(ssl)
  }

  /// A client's end, for a server of that name or address at `subject`.
  init(_ context: ContextState, to name: ServerName, at subject: String) throws {
    self.context = context
    server = context.sessions == nil ? nil : .init(subject: subject, name: name.text)
    isServer = false
    expectedName = name.text
    (ssl, channel) = try Self.make(context)
    attach()
    SSL_set_connect_state(ssl)
    try name.expect(in: ssl, verifies: context.verification == .full)
    guard let server, let session = context.sessions?.take(for: server) else { return }
    defer { SSL_SESSION_free(session.pointer) }
    SSL_set_session(ssl, session.pointer)
    earlierVerification = session.verification
    // One of TLS 1.2 may be used any number of times.
    if SSL_SESSION_get_protocol_version(session.pointer) == TLS1_2_VERSION,
      SSL_SESSION_up_ref(session.pointer) == 1
    {
      context.sessions?.insert(session, of: server)
    }
  }

  private static func make(
    _ context: ContextState
  ) throws -> (OpaquePointer, UnsafeMutablePointer<ev_tls_channel>) {
    ErrorQueue.clear()
    guard let ssl = SSL_new(context.main.pointer) else {
      throw TLSConfigurationError.refused(call: "SSL_new", detail: ErrorQueue.take().text)
    }
    let channel = UnsafeMutablePointer<ev_tls_channel>.allocate(capacity: 1)
    channel.initialize(to: ev_tls_channel())
    return (ssl, channel)
  }

  private func attach() {
    guard ev_tls_attach(ssl, channel) else { fatalError("no memory for a TLS connection") }
    // SAFETY: the callbacks that use it are called by calls below, on this object.
    SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    // Or OpenSSL would mark the session as not to be resumed, though it ended well for all that
    // it matters to a session.
    if failure == nil { SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
    SSL_free(ssl)
    ev_tls_buffer_free(&channel.pointee.incoming)
    ev_tls_buffer_free(&channel.pointee.outgoing)
    ev_tls_buffer_free(&channel.pointee.sending)
    channel.deallocate()
  }

  /// In a callback of OpenSSL's.
  static func of(_ ssl: OpaquePointer?) -> Engine? {
    guard let opaque = SSL_get_ex_data(ssl, 0) else { return nil }
    return Unmanaged<Engine>.fromOpaque(opaque).takeUnretainedValue()
  }

  // MARK: Calls

  /// Why the connection is of no more use, if it is.
  private(set) var failure: TLSError.Reason?
  /// Whether the peer has ended its direction.
  private var hasEnded = false

  var isHandshakeDone: Bool { SSL_is_init_finished(ssl) == 1 }

  func handshake() -> Step {
    if let failure { return .failed(failure) }
    // It is for the client to begin.
    if isServer, !hasHeardOfPeer { return .needsInput }
    ErrorQueue.clear()
    let result = SSL_do_handshake(ssl)
    if result == 1 { return .done }
    if SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ { return .needsInput }
    return .failed(fail())
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
    if let failure { return .failed(failure) }
    var count = 0
    ErrorQueue.clear()
    let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
    return result == 1 ? .bytes(count) : outcome(result)
  }

  /// What ``read(into:)`` would give, but for the bytes.
  func peek() -> Reading {
    if let failure { return .failed(failure) }
    var byte: UInt8 = 0
    var count = 0
    ErrorQueue.clear()
    let result = SSL_peek_ex(ssl, &byte, 1, &count)
    return result == 1 ? .bytes(count) : outcome(result)
  }

  private func outcome(_ result: Int32) -> Reading {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: return .needsInput
    case SSL_ERROR_ZERO_RETURN:
      hasEnded = true
      return .ended
    default: return .failed(fail())
    }
  }

  /// Encrypts all of it.
  ///
  /// Needs input in the middle of a message of the peer's, such as a ticket in several records:
  /// OpenSSL sends nothing before the rest is here. Nothing is taken of the bytes then.
  func write(_ bytes: UnsafeRawBufferPointer) -> Step {
    if let failure { return .failed(failure) }
    var count = 0
    ErrorQueue.clear()
    let result = SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
    if result == 1 {
      require(count == bytes.count, "TLS: \(count) of \(bytes.count) bytes were encrypted")
      return .done
    }
    if SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ { return .needsInput }
    return .failed(fail())
  }

  /// Writes the end of this direction.
  ///
  /// Needs input as ``write(_:)`` does.
  func writeEnd() -> Step {
    if let failure { return .failed(failure) }
    ErrorQueue.clear()
    if SSL_in_init(ssl) == 1 {
      let result = SSL_do_handshake(ssl)
      if result != 1 {
        if SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ { return .needsInput }
        return .failed(fail())
      }
    }
    return SSL_shutdown(ssl) >= 0 ? .done : .failed(fail())
  }

  /// Nothing more is to be sent by anybody.
  func breakOff(_ reason: TLSError.Reason) { if failure == nil { failure = reason } }

  // MARK: Buffers

  /// Whether the peer has sent a single byte.
  var hasHeardOfPeer: Bool { !opening.isEmpty }

  var hasOutput: Bool { !channel.pointee.outgoing.isEmpty || !channel.pointee.sending.isEmpty }

  /// Gives up what was to be sent.
  func discardOutput() {
    ev_tls_buffer_free(&channel.pointee.sending)
    ev_tls_buffer_free(&channel.pointee.outgoing)
  }

  /// How often something has come.
  private(set) var arrivals = 0

  /// So many bytes have come into the room behind the end of what was received before.
  func hasReceived(_ count: Int) {
    let start = channel.pointee.incoming.end
    channel.pointee.incoming.end += count
    arrivals &+= 1
    guard opening.count < Self.openingSize else { return }
    let new = UnsafeRawBufferPointer(start: channel.pointee.incoming.bytes + start, count: count)
    opening += new.prefix(Self.openingSize - opening.count)
  }

  /// Whether there may be something to be read, the end and a failure among it, without more from
  /// the peer.
  var mayGiveSomething: Bool {
    !channel.pointee.incoming.isEmpty || SSL_has_pending(ssl) == 1 || hasEnded || failure != nil
  }

  // MARK: Failures

  /// - Parameter verification: Of the certificate that is refused.
  func refuseCertificate(_ verification: OpaquePointer) {
    guard certificateRefusal == nil else { return }
    certificateRefusal = VerificationFailure.reason(of: verification, expecting: expectedName)
  }

  private func fail() -> TLSError.Reason {
    let queue = ErrorQueue.take()
    let reason = FailureReason.of(queue, opening: opening, certificateRefusal: certificateRefusal)
    failure = reason
    return reason
  }
}

extension ev_tls_buffer {
  var isEmpty: Bool { start == end }
  var count: Int { end - start }
  var unread: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes.map { $0 + start }, count: count)
  }
}
