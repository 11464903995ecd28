internal import COpenSSL

/// Objects of OpenSSL out of PEM text.
struct PEMText {
  private let source: TLSPEM
  private let bytes: [UInt8]

  init(_ source: TLSPEM) throws {
    self.source = source
    // Never empty: OpenSSL takes that for an error of another kind.
    bytes = try source.read() + [UInt8(ascii: "\n")]
  }

  /// All certificates; at least one.
  ///
  /// Each is the caller's to free.
  func certificates() throws -> [OpaquePointer] {
    let found = try objects("certificate", TLSConfigurationError.badCertificate) {
      // TRUSTED CERTIFICATE too, which adds what it is trusted for.
      PEM_read_bio_X509_AUX($0, nil, refusePassphrase, nil)
    }
    return found
  }

  /// All revocation lists; at least one.
  ///
  /// Each is the caller's to free.
  func revocationLists() throws -> [OpaquePointer] {
    try objects("revocation list", TLSConfigurationError.badRevocationList) {
      PEM_read_bio_X509_CRL($0, nil, refusePassphrase, nil)
    }
  }

  private func objects(
    _ what: String, _ error: (String, String) -> TLSConfigurationError,
    _ next: (OpaquePointer) -> OpaquePointer?
  ) throws -> [OpaquePointer] {
    try withReader { reader in
      var found: [OpaquePointer] = []
      ErrorQueue.clear()
      while let object = next(reader) { found.append(object) }
      let queue = ErrorQueue.take()
      // The end of the text is an error like others.
      if queue.entries.first?.isPEM(PEM_R_NO_START_LINE) ?? false, !found.isEmpty { return found }
      for object in found {
        if what == "certificate" { X509_free(object) } else { X509_CRL_free(object) }
      }
      let isNone = queue.entries.first?.isPEM(PEM_R_NO_START_LINE) ?? true
      throw error("\(source)", isNone ? "there is no \(what)" : queue.text)
    }
  }

  /// The private key, which is the caller's to free.
  func privateKey(passphrase: String?) throws -> OpaquePointer {
    try withReader { reader in
      ErrorQueue.clear()
      let request = PassphraseRequest(passphrase)
      let key = withExtendedLifetime(request) {
        PEM_read_bio_PrivateKey(
          reader, nil,
          { buffer, size, _, opaque in
            guard let opaque, let buffer else { return -1 }
            let request = Unmanaged<PassphraseRequest>.fromOpaque(opaque).takeUnretainedValue()
            return request.answer(buffer, Int(size))
          }, Unmanaged.passUnretained(request).toOpaque())
      }
      if let key { return key }
      let queue = ErrorQueue.take()
      if request.wasAsked {
        throw passphrase == nil
          ? TLSConfigurationError.passphraseMissing(source: "\(source)")
          : TLSConfigurationError.wrongPassphrase(source: "\(source)")
      }
      // Of text without any OpenSSL says that it is of an unsupported kind.
      let isThere = String(decoding: bytes, as: UTF8.self).contains("PRIVATE KEY-----")
      throw TLSConfigurationError.badKey(
        source: "\(source)", detail: isThere ? queue.text : "there is no private key")
    }
  }

  private func withReader<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    try bytes.withUnsafeBytes { memory in
      guard let reader = BIO_new_mem_buf(memory.baseAddress, Int32(memory.count)) else {
        throw TLSConfigurationError.refused(call: "BIO_new_mem_buf", detail: ErrorQueue.take().text)
      }
      defer { BIO_free(reader) }
      return try body(reader)
    }
  }
}

/// For what nobody encrypts: without an answer OpenSSL would ask at the terminal, and wait there.
private func refusePassphrase(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isWritten: Int32,
  _ opaque: UnsafeMutableRawPointer?
) -> Int32 { -1 }

/// Answers OpenSSL's question, which would go to the terminal otherwise.
private final class PassphraseRequest {
  private let passphrase: String?
  private(set) var wasAsked = false

  init(_ passphrase: String?) { self.passphrase = passphrase }

  func answer(_ buffer: UnsafeMutablePointer<CChar>, _ size: Int) -> Int32 {
    wasAsked = true
    guard let passphrase else { return -1 }
    let bytes = Array(passphrase.utf8)
    guard bytes.count <= size else { return -1 }
    for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
    return Int32(bytes.count)
  }
}
