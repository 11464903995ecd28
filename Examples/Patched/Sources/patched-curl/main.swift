// libcurl's easy interface on one OS thread:  patched-curl http://127.0.0.1:8000/ [COUNT [AUTHORITIES]]
import CurlTransfer
import PatchedSupport

let words = CommandLine.arguments
let url = words.count > 1 ? words[1] : "http://127.0.0.1:8000/"
let authorities = words.count > 3 ? words[3] : nil
startCurl()

race(words.count > 2 ? Int(words[2]) ?? 50 : 50) { loadByCurl(url, authorities: authorities) }
