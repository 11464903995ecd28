// Loads an HTTP server, for measurements of the client:
// http-load [--connections N] [--seconds N] URL…            small requests, one after the other on each
// http-load [--download MIB] [--upload MIB] [--http2] URL…  one body, either way
//
// Prints a JSON object: how much was done, and in which processor time and memory.
import Eventlet
import EventletHTTPClient
import ExampleSupport
import Glibc

let arguments = Arguments(
  usage: "http-load [--connections N] [--seconds N] [--download MIB] [--upload MIB] [--http2] URL…")
guard arguments.rest.count == 1 else { arguments.refuse("one URL is wanted") }
let url = arguments.rest[0]
raiseDescriptorLimit()

func makeClient() -> HTTPClient {
  var configuration = HTTPClient.Configuration()
  // Without TLS there is nobody to agree on it with.
  if arguments.has("http2") { configuration.versions = .http2PriorKnowledge }
  return HTTPClient(configuration)
}

func processorNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// What the process has had in memory at most, in KiB.
func peakMemory() -> Int {
  var usage = rusage()
  getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss
}

final class Counts {
  var requests = 0
  var errors = 0
}

func load(connections: Int, seconds: Int) throws {
  let counts = Counts()
  let client = makeClient()
  /// Each has its connection, and what is made once is made.
  func warmUp() throws {
    let threads = (0..<connections).map { _ in spawn { _ = try client.get(url).bytes() } }
    for thread in threads { try thread.wait() }
  }
  try warmUp()
  let cpu = processorNanoseconds()
  let clock = ContinuousClock()
  let begin = clock.now
  let end = begin + .seconds(seconds)
  let threads = (0..<connections).map { _ in
    spawn {
      while clock.now < end {
        do {
          _ = try client.get(url).requireSuccess().bytes()
          counts.requests += 1
        } catch { counts.errors += 1 }
      }
    }
  }
  for thread in threads { try thread.wait() }
  let spent = processorNanoseconds() - cpu
  let time = (clock.now - begin) / .seconds(1)
  client.close()
  say(
    "{\"cpu_ns\":\(spent),\"load\":{\"requests\":\(counts.requests),\"seconds\":\(time),"
      + "\"errors\":\(counts.errors)}}")
}

func transfer(download: Int?, upload: Int?) throws {
  let megabyte = 1 << 20
  let client = makeClient()
  let clock = ContinuousClock()
  let cpu = processorNanoseconds()
  let begin = clock.now
  var count = 0
  if let download {
    let response = try client.get(url).requireSuccess()
    while count < download * megabyte,
      case let piece = try response.receive(upTo: megabyte), !piece.isEmpty
    { count += piece.count }
    response.close()
  } else if let upload {
    let piece = [UInt8](repeating: 0, count: 65_536)
    let body = HTTPClientBody.stream(length: upload * megabyte) { writer in
      for _ in 0..<(upload * 16) { try writer.write(piece) }
    }
    count = Int(try client.put(url, body: body).requireSuccess().text()) ?? 0
  }
  let time = (clock.now - begin) / .seconds(1)
  let spent = processorNanoseconds() - cpu
  client.close()
  say(
    "{\"bytes\":\(count),\"seconds\":\(time),\"cpu_ns\":\(spent),\"peak_kib\":\(peakMemory())}")
}

let mostMebibytes = 1 << 20
let download = arguments.number("download", in: 1...mostMebibytes)
let upload = arguments.number("upload", in: 1...mostMebibytes)
orFail {
  if download != nil || upload != nil {
    try transfer(download: download, upload: upload)
  } else {
    try load(
      connections: arguments.number("connections", in: 1...10_000) ?? 64,
      seconds: arguments.number("seconds", in: 1...3600) ?? 1)
  }
}
