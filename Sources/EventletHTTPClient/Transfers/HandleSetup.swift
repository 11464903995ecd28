internal import CCurl
internal import CEventletCurl
internal import EventletCore
internal import EventletNet
internal import Glibc

/// What is set once for each handle: what libcurl calls, and what the client's configuration says.
enum HandleSetup {
  /// What one call of the kernel may receive.
  static let bufferSize = 65_536
  /// In milliseconds, in place of libcurl's own limit: 300 seconds of the kernel's clock.
  ///
  /// More than 24 days is too much for it.
  static let longestConnect = 2_000_000_000

  static func apply(
    _ configuration: HTTPClient.Configuration, to handle: EasyHandle, of engine: TransferEngine
  ) throws(HTTPClientError) {
    setCalls(of: handle, engine.sockets)
    handle.set(CURLOPT_NOSIGNAL, true)
    handle.set(CURLOPT_QUICK_EXIT, true)
    handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
    handle.set(CURLOPT_BUFFERSIZE, bufferSize)
    handle.set(CURLOPT_UPLOAD_BUFFERSIZE, bufferSize)
    handle.set(CURLOPT_TCP_KEEPALIVE, true)
    handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
    handle.set(CURLOPT_MAXAGE_CONN, max(1, Int(configuration.idleTime.components.seconds)))
    // What the environment says has been read by us.
    handle.set(CURLOPT_PROXY, "")
    handle.set(CURLOPT_NOPROXY, "")
    setVersion(configuration.versions, of: handle)
    handle.set(CURLOPT_HTTPHEADER, engine.standingFields.first)
    if configuration.cookies == .jar { handle.set(CURLOPT_COOKIEFILE, "") }
    if configuration.idleConnections == 0 { handle.set(CURLOPT_FORBID_REUSE, true) }
    // Its names are those of ``NameTable``, which says what is to be forgotten.
    handle.set(CURLOPT_DNS_CACHE_TIMEOUT, -1)
    handle.set(CURLOPT_CONNECTTIMEOUT_MS, longestConnect)
    try engine.tls.apply(to: handle)
  }

  private static func setVersion(_ versions: HTTPClient.Versions, of handle: EasyHandle) {
    switch versions {
    case .automatic:
      handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    case .http1Only: handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    case .http2PriorKnowledge:
      handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
    }
  }

  /// SAFETY: each call comes with a handle that has a transfer, which lives until it has taken itself
  /// out; closing a socket with the set, which outlives its sockets.
  private static func setCalls(of handle: EasyHandle, _ sockets: SocketSet) {
    let receive: curl_write_callback = { bytes, _, count, pointer in
      let piece = UnsafeRawBufferPointer(start: bytes, count: count)
      return transfer(at: pointer)._withUnsafeGuaranteedRef { $0.receive(piece) }
    }
    let receiveLine: curl_write_callback = { bytes, _, count, pointer in
      let line = UnsafeRawBufferPointer(start: bytes, count: count)
      return transfer(at: pointer)._withUnsafeGuaranteedRef { $0.receiveLine(line) } ? count : 0
    }
    let send: curl_read_callback = { buffer, size, count, pointer in
      let room = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
      return transfer(at: pointer)._withUnsafeGuaranteedRef { $0.send(room) }
    }
    let seek: curl_seek_callback = { pointer, offset, origin in
      guard offset == 0, origin == SEEK_SET,
        transfer(at: pointer)._withUnsafeGuaranteedRef({ $0.seekToStart() })
      else { return CURL_SEEKFUNC_CANTSEEK }
      return CURL_SEEKFUNC_OK
    }
    let begin: curl_prereq_callback = { pointer, _, _, _, _ in
      transfer(at: pointer)._withUnsafeGuaranteedRef { $0.beginRequest() }
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
    let secure: curl_ssl_ctx_callback = { _, _, pointer in
      transfer(at: pointer)._withUnsafeGuaranteedRef { $0.noteSecuring() }
      return CURLE_OK
    }
    let open: curl_opensocket_callback = { pointer, _, address in
      guard let address = address?.pointee else { return CURL_SOCKET_BAD }
      // Not inherited by programs that other OS threads start at the same time.
      let socket = Glibc.socket(
        address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
      if socket >= 0 {
        transfer(at: pointer)._withUnsafeGuaranteedRef {
          $0.engine.sockets.noteOpening(of: socket)
          $0.noteOpening()
        }
      }
      return socket
    }
    let close: curl_closesocket_callback = { sockets, socket in
      Unmanaged<SocketSet>.fromOpaque(UnsafeRawPointer(sockets.unsafelyUnwrapped))
        ._withUnsafeGuaranteedRef { $0.noteClosing(of: socket) }
      return Glibc.close(socket)
    }
    handle.setCall(CURLOPT_WRITEFUNCTION, receive)
    handle.setCall(CURLOPT_HEADERFUNCTION, receiveLine)
    handle.setCall(CURLOPT_READFUNCTION, send)
    handle.setCall(CURLOPT_SEEKFUNCTION, seek)
    handle.setCall(CURLOPT_PREREQFUNCTION, begin)
    handle.setCall(CURLOPT_SSL_CTX_FUNCTION, secure)
    handle.setCall(CURLOPT_OPENSOCKETFUNCTION, open)
    handle.setCall(CURLOPT_CLOSESOCKETFUNCTION, close)
    handle.set(CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(sockets).toOpaque())
  }
}

/// Not a method: a function of C's captures nothing, not even a type.
private func transfer(at pointer: UnsafeMutableRawPointer?) -> Unmanaged<Transfer> {
  Unmanaged<EasyHandle>.fromOpaque(UnsafeRawPointer(pointer.unsafelyUnwrapped))
    ._withUnsafeGuaranteedRef { $0.transfer.unsafelyUnwrapped }
}
