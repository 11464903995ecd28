import CLibcrypto

/// The functions by which passwords are kept out of sight.
enum DigestAlgorithm: String {
  case md5 = "MD5"
  case sha256 = "SHA-256"
  case sha512 = "SHA-512"

  /// In hexadecimal digits.
  func hash(_ text: String) -> String { hash(Array(text.utf8)) }

  /// In hexadecimal digits.
  func hash(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count = 0
    guard EVP_Q_digest(nil, rawValue, nil, bytes, bytes.count, &digest, &count) == 1 else {
      fatalError("libcrypto has no \(rawValue)")
    }
    return digest.prefix(count).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }
}

/// What a client shows that knows the password (RFC 7616, 3.4).
struct DigestResponse {
  let algorithm: DigestAlgorithm
  let realm: String
  let method: String
  let uri: String
  let nonce: String
  /// None with clients of RFC 2069.
  let protection: Protection?

  struct Protection {
    let quality: String
    let count: String
    let clientNonce: String
  }

  /// The value that is right.
  func value(user: String, password: String, body: [UInt8]) -> String {
    let secret = algorithm.hash("\(user):\(realm):\(password)")
    guard let protection else {
      return algorithm.hash("\(secret):\(nonce):\(algorithm.hash("\(method):\(uri)"))")
    }
    let content = protection.quality == "auth-int" ? ":" + algorithm.hash(body) : ""
    let request = algorithm.hash("\(method):\(uri)\(content)")
    return algorithm.hash(
      "\(secret):\(nonce):\(protection.count):\(protection.clientNonce):\(protection.quality):"
        + request)
  }
}
