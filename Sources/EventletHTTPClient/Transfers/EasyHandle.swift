internal import CCurl
internal import CEventletCurl
internal import EventletCore
internal import Glibc

/// One of libcurl's easy handles: what one transfer after the other is described to.
final class EasyHandle {
  let pointer: UnsafeMutableRawPointer
  /// The one that libcurl's calls are for.
  ///
  /// SAFETY: a transfer has itself taken out before it goes.
  @exclusivity(unchecked) var transfer: Unmanaged<Transfer>?
  /// What the handle was told to ask for last.
  @exclusivity(unchecked) private var location: HTTPLocation?
  @exclusivity(unchecked) private var lastAddress = ""
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  init() {
    let handle = curl_easy_init()
    require(handle != nil, "HTTPClient: no memory for a handle of libcurl")
    pointer = handle.unsafelyUnwrapped
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    ev_curl_set_pointer(pointer, option(CURLOPT_ERRORBUFFER), errorText)
    // SAFETY: libcurl has no handle any more whose object is gone.
    ev_curl_set_data(pointer, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    curl_easy_cleanup(pointer)
    errorText.deallocate()
  }

  /// What libcurl has said of the error of the transfer; empty if nothing.
  var errorDescription: String { String(cString: errorText) }

  func forgetError() { errorText.pointee = 0 }

  private func option(_ option: CURLoption) -> Int32 { Int32(bitPattern: option.rawValue) }

  // MARK: Options

  @discardableResult
  func set(_ name: CURLoption, _ value: Int) -> CURLcode {
    CURLcode(rawValue: UInt32(bitPattern: ev_curl_set_long(pointer, option(name), value)))
  }

  func set(_ name: CURLoption, _ value: Bool) { set(name, value ? 1 : 0) }

  func setNumber(_ name: CURLoption, _ value: Int) {
    ev_curl_set_number(pointer, option(name), Int64(value))
  }

  /// A copy is kept; nil takes back what was set.
  @discardableResult
  func set(_ name: CURLoption, _ value: String?) -> CURLcode {
    CURLcode(rawValue: UInt32(bitPattern: ev_curl_set_text(pointer, option(name), value)))
  }

  /// Kept as it is.
  func set(_ name: CURLoption, _ value: UnsafeMutableRawPointer?) {
    ev_curl_set_pointer(pointer, option(name), value)
  }

  /// A copy is kept.
  func setBlob(_ name: CURLoption, _ bytes: [UInt8]) -> CURLcode {
    let code = bytes.withUnsafeBytes {
      ev_curl_set_blob(pointer, option(name), $0.baseAddress, $0.count)
    }
    return CURLcode(rawValue: UInt32(bitPattern: code))
  }

  func set(_ location: HTTPLocation) {
    if self.location === location { return }
    self.location = location
    // The text too, for libcurl does not look whether another handle came in the place of one.
    set(CURLOPT_URL, location.text)
    set(CURLOPT_CURLU, UnsafeMutableRawPointer(location.handle))
  }

  /// A function of the type that curl.h has for the option.
  func setCall<Function>(_ name: CURLoption, _ function: Function) {
    ev_curl_set_function(
      pointer, option(name), unsafeBitCast(function, to: (@convention(c) () -> Void).self))
  }

  // MARK: Information

  private func number(of info: CURLINFO) -> Int32 { Int32(bitPattern: info.rawValue) }

  func number(_ info: CURLINFO) -> Int { Int(ev_curl_get_number(pointer, number(of: info))) }

  func long(_ info: CURLINFO) -> Int { ev_curl_get_long(pointer, number(of: info)) }

  func text(_ info: CURLINFO) -> String? {
    ev_curl_get_text(pointer, number(of: info)).map { String(cString: $0) }
  }

  /// The address of the other end; most often that of the last transfer, and then nothing is made.
  var primaryAddress: String {
    guard let text = ev_curl_get_text(pointer, number(of: CURLINFO_PRIMARY_IP)) else { return "" }
    if strcmp(text, lastAddress) != 0 { lastAddress = String(cString: text) }
    return lastAddress
  }

  /// The socket of the connection; -1 if there is none.
  var activeSocket: Int32 { ev_curl_get_socket(pointer) }

  func list(_ info: CURLINFO) -> [String] {
    guard let list = ev_curl_get_list(pointer, number(of: info)) else { return [] }
    let first = list.assumingMemoryBound(to: curl_slist.self)
    defer { curl_slist_free_all(first) }
    var texts: [String] = []
    var next: UnsafeMutablePointer<curl_slist>? = first
    while let entry = next {
      if let data = entry.pointee.data { texts.append(String(cString: data)) }
      next = entry.pointee.next
    }
    return texts
  }
}

/// A list of lines that libcurl looks at for as long as a transfer lasts.
struct CurlList {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  mutating func append(_ line: String) {
    let longer = curl_slist_append(first, line)
    require(longer != nil, "HTTPClient: no memory for a line")
    first = longer
  }

  /// To be called when nobody looks any more.
  mutating func free() {
    curl_slist_free_all(first)
    first = nil
  }
}
