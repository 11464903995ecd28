internal import CCurl
internal import CEventletCurl
internal import EventletCore
internal import Glibc

/// What a client's TLS is made of, with its files read.
final class TLSSetup {
  private let tls: HTTPClient.TLS
  /// nil for those that libcurl has by itself.
  private let roots: [UInt8]?
  /// A file of ``roots`` in memory; -1 without.
  ///
  /// libcurl makes a copy of bytes for each request, and keeps what it has made of a file for later
  /// connections.
  private let rootsFile: Int32
  private let certificate: [UInt8]
  private let key: [UInt8]

  /// Blocks the OS thread for as long as the disk takes.
  init(_ tls: HTTPClient.TLS) throws(HTTPClientError) {
    self.tls = tls
    if let identity = tls.identity {
      certificate = try Self.read([identity.certificateChain])
      key = try Self.read([identity.privateKey])
    } else {
      (certificate, key) = ([], [])
    }
    switch tls.trustRoots {
    case .system: roots = nil
    case .only(let roots): self.roots = try Self.read(roots)
    case .systemAnd(let roots):
      self.roots = try Self.read((CurlLibrary.systemRoots.map { [.file($0)] } ?? []) + roots)
    }
    rootsFile =
      roots.map { bytes in
        bytes.withUnsafeBytes { ev_curl_memory_file($0.baseAddress, $0.count) }
      } ?? -1
  }

  deinit { if rootsFile >= 0 { close(rootsFile) } }

  /// - Throws: for what libcurl refuses, in whole: without one of these it would trust others, or more.
  func apply(to handle: EasyHandle) throws(HTTPClientError) {
    let peer = tls.verification != .dangerouslyNothing
    try check(handle.set(CURLOPT_SSL_VERIFYPEER, peer ? 1 : 0), "the verification")
    let host = tls.verification == .full ? 2 : 0
    try check(handle.set(CURLOPT_SSL_VERIFYHOST, host), "the verification of the host")
    let version = tls.minimumVersion == .tls12 ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3
    try check(handle.set(CURLOPT_SSLVERSION, Int(version)), "the oldest version")
    try applyRoots(to: handle)
    if let identity = tls.identity {
      try check(handle.setBlob(CURLOPT_SSLCERT_BLOB, certificate), "the own certificate")
      try check(handle.setBlob(CURLOPT_SSLKEY_BLOB, key), "the own key")
      // Without any, libcurl 7.88 crashes if the key is encrypted.
      try check(handle.set(CURLOPT_KEYPASSWD, identity.passphrase ?? ""), "the passphrase")
    }
    if !tls.publicKeyPins.isEmpty {
      let pins = tls.publicKeyPins.map { "sha256//\($0)" }.joined(separator: ";")
      try check(handle.set(CURLOPT_PINNEDPUBLICKEY, pins), "the pins")
    }
  }

  private func applyRoots(to handle: EasyHandle) throws(HTTPClientError) {
    guard let roots else {
      // With a folder besides, libcurl would read the file anew for each connection.
      guard let path = CurlLibrary.systemRoots, access(path, R_OK) == 0 else { return }
      return try useFile(path, of: handle)
    }
    let path = "/proc/self/fd/\(rootsFile)"
    if rootsFile >= 0, access(path, R_OK) == 0 {
      try useFile(path, of: handle)
    } else {
      try check(handle.set(CURLOPT_CAPATH, nil as String?), "the authorities")
      try check(handle.setBlob(CURLOPT_CAINFO_BLOB, roots), "the authorities")
    }
  }

  /// No other authority than those of that file, whichever way libcurl was built.
  private func useFile(_ path: String, of handle: EasyHandle) throws(HTTPClientError) {
    try check(handle.set(CURLOPT_CAPATH, nil as String?), "the authorities")
    try check(handle.set(CURLOPT_CAINFO, path), "the authorities")
  }

  private func check(_ code: CURLcode, _ what: String) throws(HTTPClientError) {
    guard code != CURLE_OK else { return }
    throw HTTPClientError(
      .tlsConfiguration, detail: "libcurl refuses \(what): \(CurlLibrary.text(of: code))",
      curlCode: code.rawValue)
  }

  private static func read(
    _ sources: [HTTPClient.TLS.PEM]
  ) throws(HTTPClientError) -> [UInt8] {
    var all: [UInt8] = []
    for source in sources {
      switch source {
      case .bytes(let bytes): all += bytes
      case .file(let path): all += try read(path)
      }
      // A file need not end with its last line's end.
      all.append(UInt8(ascii: "\n"))
    }
    return all
  }

  private static func read(_ path: String) throws(HTTPClientError) -> [UInt8] {
    let fail = { (call: String) in
      HTTPClientError(
        .tlsConfiguration, detail: "\(SystemError(call: call, errno: errno, subject: path))")
    }
    guard let file = fopen(path, "re") else { throw fail("open") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    guard ferror(file) == 0 else { throw fail("read") }
    return bytes
  }
}
