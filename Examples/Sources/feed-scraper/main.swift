// Is sent URLs of feeds, one a line, and answers with their titles:  feed-scraper [--port 9010]
//
// Try it:  curl --data-binary @urls http://127.0.0.1:9010/
import Eventlet
import EventletHTTP
import EventletHTTPClient
import ExampleSupport

let arguments = Arguments(usage: "feed-scraper [--port PORT]")
raiseDescriptorLimit()

/// What stands in the first `<title>`.
func title(of feed: String) -> String {
  guard let start = feed.split(separator: "<title>", maxSplits: 1).dropFirst().first else {
    return "no title"
  }
  return String(start.prefix { $0 != "<" })
}

func fetchTitle(of url: String) -> String {
  do {
    let feed = try HTTPClient.get(url, timeout: .seconds(10)).requireSuccess()
    return title(of: try feed.text(limit: 4 << 20))
  } catch { return "\(error)" }
}

@Sendable func answer(_ request: ServerRequest) throws -> ServerResponse {
  guard request.method == .post else {
    throw HTTPError(.methodNotAllowed, "send URLs by POST", headerFields: [.allow: "POST"])
  }
  let urls = try request.body.readText(limit: 65_536).split(whereSeparator: \.isNewline)
  // For each request, so that one with many feeds does not hold up the others.
  let titles = try GreenPool(size: 20).imap(urls.map(String.init)) { fetchTitle(of: $0) }.collect()
  return .text(titles.map { $0 + "\n" }.joined())
}

let server = HTTPServer(answer)
let listener = orFail {
  try GreenSocket.listen(on: .ipv4("127.0.0.1", port: arguments.port(default: 9010)))
}
say("feed-scraper listening on \(orFail { try listener.localAddress })")
try withGracefulStop({ server.stop(within: .seconds(5)) }) { try server.serve(listener) }
