internal import CCurl
internal import EventletCore

/// What libcurl wants of the process, and what it says of itself.
enum CurlLibrary {
  // libcurl 7.84 and newer lock by themselves; so does a `static let`.
  private static let status = curl_global_init(Int(CURL_GLOBAL_SSL | CURL_GLOBAL_WIN32))

  /// Comes before any other call, on any OS thread.
  static func prepare() {
    require(status == CURLE_OK, "HTTPClient: libcurl cannot be initialised: \(text(of: status))")
  }

  /// What a code stands for, in libcurl's words.
  static func text(of code: CURLcode) -> String {
    curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
  }

  /// Whether it begins HTTP/2 once more on a connection without TLS that has begun it before, which 7.88
  /// does.
  static let confusesPriorKnowledge = (0x075800..<0x080000).contains(version)

  private static let version = curl_version_info(CURLVERSION_SEVENTH)?.pointee.version_num ?? 0

  /// The file with the authorities of the system; nil if libcurl was built without one.
  static let systemRoots: String? = {
    guard let information = curl_version_info(CURLVERSION_SEVENTH),
      information.pointee.age.rawValue >= CURLVERSION_SEVENTH.rawValue
    else { return nil }
    return information.pointee.cainfo.map { String(cString: $0) }
  }()
}
