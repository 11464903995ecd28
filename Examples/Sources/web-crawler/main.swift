// Fetches pages at the same time, and says how long each is:  web-crawler URL…
import Eventlet
import EventletHTTPClient
import ExampleSupport

let arguments = Arguments(usage: "web-crawler URL…")
guard !arguments.rest.isEmpty else { arguments.refuse("at least one URL is wanted") }

/// The length of a page; what keeps it from being had is said in its place.
@MainActor func look(at url: String) -> String {
  do {
    let page = try HTTPClient.get(url, timeout: .seconds(30)).requireSuccess()
    return "\(url): \(try page.bytes().count) bytes"
  } catch { return "\(error)" }
}

let pool = GreenPool(size: 20)
// In the order in which they were given, whichever comes first.
try pool.imap(arguments.rest) { look(at: $0) }.forEach { say($0) }
