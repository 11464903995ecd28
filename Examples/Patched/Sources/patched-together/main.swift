// libpq and libcurl in one program on one OS thread, 200 calls each:
//     patched-together 'host=127.0.0.1 dbname=postgres' http://127.0.0.1:8000/ [COUNT]
import CurlTransfer
import Glibc
import PatchedSupport
import PostgresQuery

let words = CommandLine.arguments
guard words.count > 2 else {
  print("usage: patched-together DATABASE URL [COUNT]")
  exit(2)
}
let (address, url) = (words[1], words[2])
let count = words.count > 3 ? Int(words[3]) ?? 200 : 200
startCurl()

var isQuery = false
var answers = (queries: 0, transfers: 0)
race(2 * count) {
  isQuery.toggle()
  if isQuery {
    guard queryPostgres(address) else { return false }
    answers.queries += 1
  } else {
    guard loadByCurl(url) else { return false }
    answers.transfers += 1
  }
  return true
}
// The race runs one of each before it begins.
print("\(answers.queries - 1) queries and \(answers.transfers - 1) transfers were answered")
guard answers == (count + 1, count + 1) else { exit(1) }
