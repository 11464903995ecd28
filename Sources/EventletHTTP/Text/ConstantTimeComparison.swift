/// Whether a text that a client has sent is the secret one, in a time that tells nothing of the secret.
///
/// `==` ends at the first difference: whoever measures many answers can guess a secret byte by byte.
/// Here the time depends on the length of the client's text only.
///
/// ```swift
/// basicAuthentication(realm: "admin") { user, password in
///   user == "admin" && isEqualInConstantTime(password, to: secret)
/// }
/// ```
///
/// Passwords of users are better kept as hashes, and compared by whoever makes those.
/// - Parameters:
///   - text: What was sent.
///   - secret: What it should be.
/// - Returns: whether they are the same, byte by byte as UTF-8.
///
/// In Python: `hmac.compare_digest`.
public func isEqualInConstantTime(_ text: String, to secret: String) -> Bool {
  let (text, secret) = (Array(text.utf8), Array(secret.utf8))
  var difference = text.count ^ secret.count
  if secret.isEmpty { return difference == 0 }
  var position = 0
  for byte in text {
    difference |= Int(byte ^ secret[position])
    position += 1
    if position == secret.count { position = 0 }
  }
  return difference == 0
}
