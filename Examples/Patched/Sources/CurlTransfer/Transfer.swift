import CLibcurl

/// Has libcurl make ready what is once in a process.
public func startCurl() { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }

/// Loads `url` by the blocking call of libcurl's easy interface.
/// - Parameters:
///   - url: What is loaded.
///   - authorities: A file of certificates that are trusted, besides the system's.
/// - Returns: Whether there is a body; otherwise what libcurl says is printed.
public func loadByCurl(_ url: String, authorities: String? = nil) -> Bool {
  let handle = curl_easy_init()
  defer { curl_easy_cleanup(handle) }
  let sum = UnsafeMutablePointer<Int>.allocate(capacity: 1)
  sum.initialize(to: 0)
  defer { sum.deallocate() }
  curl_set_text(handle, CURLOPT_URL, url)
  if let authorities { curl_set_text(handle, CURLOPT_CAINFO, authorities) }
  // Its signals are the process's, and transfers of other green threads would restore them.
  curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
  curl_set_number(handle, CURLOPT_FAILONERROR, 1)
  curl_set_counter(handle, sum)
  let code = curl_easy_perform(handle)
  if code != CURLE_OK { print(String(cString: curl_easy_strerror(code))) }
  return code == CURLE_OK && sum.pointee > 0
}
