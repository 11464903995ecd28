// Asks a feed-scraper for the titles of feeds:  feed-scraper-client [--port 9010] URL…
import Eventlet
import EventletHTTPClient
import ExampleSupport

let arguments = Arguments(usage: "feed-scraper-client [--port PORT] URL…")
guard !arguments.rest.isEmpty else { arguments.refuse("at least one URL is wanted") }
let scraper = "http://127.0.0.1:\(arguments.port(default: 9010))/"

let answer = orFail {
  let urls = arguments.rest.joined(separator: "\n")
  return try HTTPClient.post(scraper, body: .text(urls)).requireSuccess().text()
}
for (url, title) in zip(arguments.rest, answer.split(separator: "\n")) { say("\(url): \(title)") }
