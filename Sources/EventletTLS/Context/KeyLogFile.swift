internal import EventletCore
internal import Glibc

/// The file that secrets are written to, as long as a context writes there.
final class KeyLogFile: Sendable {
  private let descriptor: Int32

  /// - Returns: nil if there is nothing to write to.
  static func open(_ log: TLSKeyLog?) throws -> KeyLogFile? {
    switch log {
    case nil: return nil
    case .file(let path): return try KeyLogFile(path)
    case .environment:
      guard let path = getenv("SSLKEYLOGFILE"), path.pointee != 0 else { return nil }
      return try KeyLogFile(String(cString: path))
    }
  }

  private init(_ path: String) throws {
    descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(call: "open", errno: errno, subject: path) }
  }

  deinit { close(descriptor) }

  /// One write, so that lines of several OS threads do not mix.
  ///
  /// A full disk ends no connection.
  func append(_ line: UnsafePointer<CChar>) {
    let text = Array(String(cString: line).utf8) + [UInt8(ascii: "\n")]
    _ = write(descriptor, text, text.count)
  }
}
