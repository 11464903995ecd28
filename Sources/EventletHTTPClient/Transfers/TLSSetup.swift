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
  init(_ tls: HTTPClient.TLS) throws {
    self.tls = tls
    certificate = try tls.identity.map { try Self.read([$0.certificateChain]) } ?? []
    key = try tls.identity.map { try Self.read([$0.privateKey]) } ?? []
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

  func apply(to handle: EasyHandle) {
    handle.set(CURLOPT_SSL_VERIFYPEER, tls.verification != .dangerouslyNothing)
    handle.set(CURLOPT_SSL_VERIFYHOST, tls.verification == .full ? 2 : 0)
    let version = tls.minimumVersion == .tls12 ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3
    handle.set(CURLOPT_SSLVERSION, Int(version))
    if let roots {
      // No other authority than these, whichever way libcurl was built.
      handle.set(CURLOPT_CAPATH, nil as String?)
      let path = "/proc/self/fd/\(rootsFile)"
      if rootsFile >= 0, access(path, R_OK) == 0 {
        handle.set(CURLOPT_CAINFO, path)
      } else {
        handle.setBlob(CURLOPT_CAINFO_BLOB, roots)
      }
    }
    if let identity = tls.identity {
      handle.setBlob(CURLOPT_SSLCERT_BLOB, certificate)
      handle.setBlob(CURLOPT_SSLKEY_BLOB, key)
      handle.set(CURLOPT_KEYPASSWD, identity.passphrase)
    }
    if !tls.publicKeyPins.isEmpty {
      let pins = tls.publicKeyPins.map { "sha256//\($0)" }.joined(separator: ";")
      handle.set(CURLOPT_PINNEDPUBLICKEY, pins)
    }
  }

  private static func read(_ sources: [HTTPClient.TLS.PEM]) throws -> [UInt8] {
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

  private static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "re") else {
      throw SystemError(call: "open", errno: errno, subject: path)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    guard ferror(file) == 0 else { throw SystemError(call: "read", errno: errno, subject: path) }
    return bytes
  }
}
