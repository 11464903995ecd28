internal import COpenSSL
internal import EventletHTTP

/// What the two ends show each other in the handshake to prove that they speak this protocol
/// (RFC 6455, 4.1 and 4.2.2).
enum AcceptKey {
  private static let salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  /// Sixteen random bytes.
  static func random() -> String {
    let words = [UInt64.random(in: .min ... .max), .random(in: .min ... .max)]
    return Base64.encode(words.withUnsafeBytes { Array($0) })
  }

  /// Whether it is what a client must send: sixteen bytes.
  static func isKey(_ text: String) -> Bool { Base64.decode(Array(text.utf8))?.count == 16 }

  /// The answer to a key.
  static func accept(_ key: String) -> String {
    let text = Array((key + salt).utf8)
    var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    SHA1(text, text.count, &digest)
    return Base64.encode(digest)
  }
}
