// libcurl's easy interface on one OS thread:  patched-curl http://127.0.0.1:8000/ [COUNT [AUTHORITIES]]
import CLibcurl
import Eventlet
import PatchedSupport

let words = CommandLine.arguments
let url = words.count > 1 ? words[1] : "http://127.0.0.1:8000/"
let authorities = words.count > 3 ? words[3] : nil
curl_global_init(Int(CURL_GLOBAL_DEFAULT))

race(words.count > 2 ? Int(words[2]) ?? 50 : 50) {
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
