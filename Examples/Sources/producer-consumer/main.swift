// Workers take jobs that lead to more jobs, until none is left:  producer-consumer [--workers N]
import Eventlet
import ExampleSupport

let arguments = Arguments(usage: "producer-consumer [--workers N]")
guard let workers = Int(arguments["workers"] ?? "4"), workers > 0 else {
  arguments.refuse("--workers: at least 1")
}

/// A page of a made-up site, and the pages that it links to.
struct Page {
  let path: String
  var links: [String] { path.count > 6 ? [] : (0..<3).map { "\(path)\($0)/" } }
}

/// Takes a while, as the network would.
func fetch(_ path: String) throws -> Page {
  try GreenThread.sleep(for: .milliseconds(path.utf8.count))
  return Page(path: path)
}

let jobs = Queue<String>()
var seen: Set<String> = []

@MainActor func visit(_ path: String) throws {
  if seen.insert(path).inserted { try jobs.put(path) }
}

try withDiscardingGreenGroup { group in
  for number in 1...workers {
    group.spawn(name: "worker \(number)") {
      while true {
        let path = try jobs.get()
        for link in try fetch(path).links { try visit(link) }
        try jobs.taskDone()
      }
    }
  }
  try visit("/")
  // Until every job that was put has been done, those put meanwhile included.
  try jobs.join()
  group.cancelAll()
}
say("\(seen.count) pages, \(workers) workers")
