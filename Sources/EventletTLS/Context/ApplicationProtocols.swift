internal import COpenSSL

/// Names of application protocols in the form that goes over the wire: each after its length.
///
/// `@unchecked Sendable` because the memory is not changed.
final class ApplicationProtocols: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<UInt8>

  init(_ names: [String]) throws(TLSConfigurationError) {
    var bytes: [UInt8] = []
    for name in names {
      guard (1...255).contains(name.utf8.count) else {
        throw .invalidSetting(name: "application protocol", value: name)
      }
      bytes.append(UInt8(name.utf8.count))
      bytes += name.utf8
    }
    memory = .allocate(capacity: bytes.count)
    _ = memory.initialize(from: bytes)
  }

  deinit { memory.deallocate() }

  var isEmpty: Bool { memory.isEmpty }

  func offer(in context: LibraryContext) {
    guard !isEmpty else { return }
    // Returns 0 on success, unlike its siblings; the form was checked above.
    _ = SSL_CTX_set_alpn_protos(context.pointer, memory.baseAddress, UInt32(memory.count))
  }

  static func choose(in context: LibraryContext) {
    SSL_CTX_set_alpn_select_cb(
      context.pointer,
      { ssl, chosen, length, offered, size, _ in
        guard let own = Engine.of(ssl)?.context.protocols, let offered else {
          return SSL_TLSEXT_ERR_NOACK
        }
        var found: UnsafeMutablePointer<UInt8>?
        let result = SSL_select_next_proto(
          &found, length, own.memory.baseAddress, UInt32(own.memory.count), offered, size)
        // What is found lies in the offer or in our own memory, which both live on.
        chosen?.pointee = found.map { UnsafePointer($0) }
        // RFC 7301, section 3.2: who has nothing in common goes no further.
        return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
      }, nil)
  }
}
