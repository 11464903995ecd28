internal import COpenSSL
internal import CEventletTLS

/// What connections are made of; a reload makes another, and those of before keep theirs.
final class ContextState: Sendable {
  let main: LibraryContext
  let named: NameTable<LibraryContext>
  let protocols: ApplicationProtocols
  let keyLog: KeyLogFile?
  /// nil for servers, and for clients that do not come back.
  let sessions: SessionCache?
  let verification: TLSClientConfiguration.Verification
  let acceptsTruncation: Bool

  init(_ configuration: TLSClientConfiguration) throws {
    main = try LibraryContext(TLS_client_method(), configuration)
    named = NameTable()
    protocols = try ApplicationProtocols(configuration.applicationProtocols)
    keyLog = try KeyLogFile.open(configuration.keyLog)
    sessions = configuration.resumesSessions ? SessionCache() : nil
    verification = configuration.verification
    acceptsTruncation = configuration.acceptsTruncation
    if let identity = configuration.identity { try main.use(identity) }
    if verification == .none {
      SSL_CTX_set_verify(main.pointer, SSL_VERIFY_NONE, nil)
    } else {
      try main.verify(
        mode: SSL_VERIFY_PEER, against: configuration.trustRoots,
        revocationLists: configuration.revocationLists, announcesRoots: false)
    }
    protocols.offer(in: main)
    if keyLog != nil { main.logKeys() }
    // Sessions are kept in a cache of our own, which knows servers by name.
    let mode = sessions == nil ? SSL_SESS_CACHE_OFF : SSL_SESS_CACHE_CLIENT | noInternalCache
    SSL_CTX_ctrl(main.pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(mode), nil)
    guard sessions != nil else { return }
    SSL_CTX_sess_set_new_cb(main.pointer) { ssl, session in
      guard let session, let engine = Engine.of(ssl), let server = engine.server else { return 0 }
      engine.context.sessions?.insert(
        .init(pointer: session, verification: engine.verification), of: server)
      return 1
    }
  }

  /// For servers; the tickets of `earlier` are still good.
  init(_ configuration: TLSServerConfiguration, after earlier: ContextState? = nil) throws {
    let main = try Self.make(configuration, configuration.identity)
    var named = NameTable<LibraryContext>()
    for (name, identity) in configuration.identities {
      try named.add(Self.make(configuration, identity), for: name)
    }
    self.main = main
    self.named = named
    protocols = try ApplicationProtocols(configuration.applicationProtocols)
    keyLog = try KeyLogFile.open(configuration.keyLog)
    sessions = nil
    verification = .none
    acceptsTruncation = configuration.acceptsTruncation
    // All are asked: whichever was chosen by name is the one that OpenSSL looks into from then on.
    for context in [main] + named.values where !protocols.isEmpty {
      ApplicationProtocols.choose(in: context)
    }
    if keyLog != nil { for context in [main] + named.values { context.logKeys() } }
    // A ticket holds that its client was verified, perhaps by other rules than those of now.
    if let earlier, configuration.sessionTickets, configuration.clientCertificate == .ignored {
      main.shareTickets(with: earlier.main)
    }
    if configuration.sessionTickets, configuration.clientCertificate != .ignored {
      SessionLife.limitTickets(of: main)
    }
    // A name that is not taken is forgotten by tickets of TLS 1.2, so all are: what is shown under
    // others is the fallback.
    ev_tls_set_server_name_callback(main.pointer) { ssl, _, _ in
      if let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
        let found = Engine.of(ssl)?.context.named.find(String(cString: name))
      {
        SSL_set_SSL_CTX(ssl, found.pointer)
      }
      return SSL_TLSEXT_ERR_OK
    }
  }

  private static func make(
    _ configuration: TLSServerConfiguration, _ identity: TLSIdentity
  ) throws -> LibraryContext {
    let context = try LibraryContext(TLS_server_method(), configuration)
    try context.use(identity)
    switch configuration.clientCertificate {
    case .ignored: SSL_CTX_set_verify(context.pointer, SSL_VERIFY_NONE, nil)
    case .requested, .required:
      guard let roots = configuration.trustRoots else {
        throw TLSConfigurationError.trustRootsMissing
      }
      let isRequired = configuration.clientCertificate == .required
      try context.verify(
        mode: SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        against: roots, revocationLists: configuration.revocationLists, announcesRoots: true)
    }
    // Everything is in the tickets.
    SSL_CTX_ctrl(context.pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    if !configuration.sessionTickets { ev_tls_disable_tickets(context.pointer) }
    // Without it, clients with certificates cannot come back.
    let name = Array("eventlet".utf8)
    SSL_CTX_set_session_id_context(context.pointer, name, UInt32(name.count))
    return context
  }
}

private let noInternalCache = SSL_SESS_CACHE_NO_INTERNAL_LOOKUP | SSL_SESS_CACHE_NO_INTERNAL_STORE
