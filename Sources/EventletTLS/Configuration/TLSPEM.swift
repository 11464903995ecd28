internal import EventletCore
internal import Glibc

/// Certificates, keys or revocation lists in PEM form: a file, or its bytes.
public enum TLSPEM: Hashable, Sendable, CustomStringConvertible {
  /// A file, read when a context is made and when it reloads.
  case file(String)
  /// What such a file would hold.
  case bytes([UInt8])

  /// PEM text.
  public static func text(_ text: String) -> TLSPEM { .bytes(Array(text.utf8)) }

  /// The path, or what stands for it.
  ///
  /// Never the bytes, which may be a key.
  public var description: String {
    switch self {
    case .file(let path): path
    case .bytes(let bytes): "\(bytes.count) bytes of PEM"
    }
  }

  func read() throws -> [UInt8] {
    switch self {
    case .file(let path): try Self.read(path)
    case .bytes(let bytes): bytes
    }
  }

  /// Blocks the OS thread for as long as the disk takes: who must not wait for that is on another.
  private static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(call: "open", errno: errno, subject: path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      var failure: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: 16384) { buffer, count in
        let found = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if found < 0 { failure = errno }
        count = max(0, found)
      }
      if failure == EINTR { continue }
      guard failure == 0 else { throw SystemError(call: "read", errno: failure, subject: path) }
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
  }
}
