internal import CCurl
internal import EventletNet

/// Where a proxy is, as libcurl reads it.
struct ProxyLocation: Hashable {
  /// As it was given; empty is none.
  let text: String
  /// What is to be looked up; nil for an address, and for what libcurl itself will refuse.
  let host: String?
  let port: UInt16

  static let none = ProxyLocation("")

  init(_ text: String) {
    self.text = text
    guard !text.isEmpty, let handle = curl_url() else {
      (host, port) = (nil, 0)
      return
    }
    defer { curl_url_cleanup(handle) }
    // `socks5:` is none of the schemes that URLs may have.
    let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME)
    curl_url_set(handle, CURLUPART_URL, text.contains("://") ? text : "http://\(text)", flags)
    let part = { (part: CURLUPart) -> String? in
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(handle, part, &value, 0) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    let name = part(CURLUPART_HOST)
    host = name.flatMap { $0.hasPrefix("[") || IPAddress(parsing: $0) != nil ? nil : $0 }
    // libcurl's own.
    let usual: UInt16 = text.hasPrefix("https://") ? 443 : 1080
    port = part(CURLUPART_PORT).flatMap { UInt16($0) } ?? usual
  }

  var isNone: Bool { text.isEmpty }

  /// Whether it is told the address of the server, and not its name.
  var wantsAddresses: Bool {
    let scheme = text.prefix { $0 != ":" }.lowercased()
    return scheme == "socks5" || scheme == "socks4"
  }

  /// libcurl shows a URL that it cannot read.
  func removePassword(from text: String) -> String {
    guard !isNone, text.contains(self.text) else { return text }
    return text.replacing(self.text, with: URLCredentials.removed(from: self.text))
  }
}
