// Fetches a page and those that it links to, and so on, of one host:
// recursive-crawler [--pages N] URL…
import Eventlet
import EventletHTTPClient
import ExampleSupport

let arguments = Arguments(usage: "recursive-crawler [--pages N] URL…")
guard arguments.rest.count == 1 else { arguments.refuse("one URL is wanted") }
let mostPages = arguments.number("pages", in: 1...10_000) ?? 100

/// The beginning of all URLs of the host: `https://example.org`.
func origin(of url: String) -> String {
  let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
  return parts.prefix(3).joined(separator: "/")
}

/// What stands in the `href`s of a page, as far as it is of the host.
func links(in page: String, of origin: String) -> [String] {
  page.split(separator: "href=\"").dropFirst().compactMap { rest in
    let target = rest.prefix { $0 != "\"" && $0 != "#" }
    if target.hasPrefix(origin + "/") { return String(target) }
    return target.hasPrefix("/") && !target.hasPrefix("//") ? origin + target : nil
  }
}

let first = arguments.rest[0]
let home = origin(of: first)
let found = Queue<String>()

/// Says how long a page is, and puts what it links to into the queue.
@MainActor func fetch(_ url: String) {
  do {
    let page = try HTTPClient.get(url, timeout: .seconds(30)).requireSuccess()
    let text = try page.text(limit: 1 << 20)
    say("\(url): \(text.utf8.count) bytes")
    for link in links(in: text, of: home) { try found.put(link) }
  } catch { say("\(error)") }
}

let pool = GreenPool(size: 10)
var seen: Set<String> = []
try found.put(first)
// As long as there is something in the queue, or somebody who may put something there.
while !found.isEmpty {
  while !found.isEmpty {
    let url = try found.get()
    guard seen.count < mostPages, seen.insert(url).inserted else { continue }
    // Waits where the pool is full.
    try pool.spawnDiscarding { fetch(url) }
  }
  try pool.waitAll()
}
say("\(seen.count) pages")
