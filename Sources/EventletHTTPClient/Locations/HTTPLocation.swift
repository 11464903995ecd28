internal import CCurl
internal import EventletCore
internal import EventletNet

/// A URL with the scheme http or https, as libcurl reads it: whoever connects and whoever decides must
/// not take it for different things.
final class HTTPLocation {
  /// Without the fragment, percent-encoded, the name of the host in ASCII.
  let text: String
  let isSecure: Bool
  /// An IPv6 address is without brackets.
  let host: String
  let port: UInt16
  /// Whether the host is an address, and nothing to be looked up.
  let hasAddress: Bool
  /// The same, read: so libcurl need not read it for each request.
  let handle: OpaquePointer
  /// Whether there is a name or password in it.
  private let hasCredentials: Bool

  /// Reads a URL.
  /// - Parameters:
  ///   - text: With its scheme and host, unless there is a base.
  ///   - base: What it is relative to, as a redirect may be (RFC 3986, 5).
  /// - Throws: for what cannot be asked for.
  init(parsing text: String, relativeTo base: HTTPLocation? = nil) throws(HTTPClientError) {
    let reject = { (reason: String) in HTTPClientError(.invalidURL(reason), url: text) }
    guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
      throw reject("control characters must be percent-encoded")
    }
    // Servers send spaces in `Location`; a program is told.
    guard base != nil || !text.utf8.contains(0x20) else {
      throw reject("a space must be percent-encoded")
    }
    // libcurl takes one slash more for a slip.
    guard base != nil || !text.drop(while: { $0 != ":" }).hasPrefix(":///") else {
      throw reject("there is no host")
    }
    guard let handle = curl_url() else { throw HTTPClientError(.outOfMemory, url: text) }
    var isKept = false
    defer { if !isKept { curl_url_cleanup(handle) } }
    if let base { curl_url_set(handle, CURLUPART_URL, base.text, 0) }
    let code = curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_URLENCODE))
    guard code == CURLUE_OK else { throw reject(Self.reason(code)) }
    curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0)
    let part = { (part: CURLUPart, flags: Int32) -> String? in
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(handle, part, &value, UInt32(flags)) == CURLUE_OK, let value else {
        return nil
      }
      defer { curl_free(value) }
      return String(cString: value)
    }
    let scheme = part(CURLUPART_SCHEME, 0)
    guard scheme == "http" || scheme == "https" else {
      throw reject("the scheme must be http or https")
    }
    isSecure = scheme == "https"
    guard let parsedHost = part(CURLUPART_HOST, 0), !parsedHost.isEmpty,
      let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ UInt16($0) })
    else { throw reject("there is no host") }
    if parsedHost.hasPrefix("["), parsedHost.hasSuffix("]") {
      host = String(parsedHost.dropFirst().dropLast())
      hasAddress = true
    } else if IPAddress(parsing: parsedHost) != nil {
      host = parsedHost
      hasAddress = true
    } else {
      do { host = "\(try HostName(parsedHost))" } catch { throw reject("\(error)") }
      hasAddress = false
      curl_url_set(handle, CURLUPART_HOST, host, 0)
    }
    self.port = port
    if let base, base.hasCredentials, part(CURLUPART_USER, 0) == nil,
      (isSecure, host, port) == (base.isSecure, base.host, base.port)
    {
      // As a relative one has them: it is the same server that is asked.
      Self.copyCredentials(from: base.handle, to: handle)
    }
    hasCredentials = part(CURLUPART_USER, 0) != nil || part(CURLUPART_PASSWORD, 0) != nil
    guard let whole = part(CURLUPART_URL, 0) else { throw reject("it cannot be written") }
    self.text = whole
    self.handle = handle
    isKept = true
  }

  deinit { curl_url_cleanup(handle) }

  private static func copyCredentials(from source: OpaquePointer, to target: OpaquePointer) {
    for part in [CURLUPART_USER, CURLUPART_PASSWORD] {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(source, part, &value, 0) == CURLUE_OK else { continue }
      curl_url_set(target, part, value, 0)
      curl_free(value)
    }
  }

  private static func reason(_ code: CURLUcode) -> String {
    switch code {
    case CURLUE_BAD_SCHEME, CURLUE_UNSUPPORTED_SCHEME: return "the scheme must be http or https"
    case CURLUE_MALFORMED_INPUT: return "write http://example.org/path"
    default:
      let text = curl_url_strerror(code).map { String(cString: $0) } ?? "malformed"
      return text.prefix(1).lowercased() + text.dropFirst()
    }
  }

  /// Whether one may be told what is for the other alone (RFC 6454).
  func hasSameOrigin(as other: HTTPLocation) -> Bool {
    (isSecure, host, port) == (other.isSecure, other.host, other.port)
  }
}

extension HTTPLocation: CustomStringConvertible {
  /// For messages: without a password.
  var description: String { hasCredentials ? URLCredentials.removed(from: text) : text }
}
