import Eventlet
import EventletHTTP
import EventletJSON
import HTTPTypes

/// Answers that come late, or bit by bit.
func addDelays(to routes: some RoutesBuilder) {
  routes.on(methods: .all, "/delay/{delay}") { request in
    let delay = try seconds(try request.parameters.require("delay", as: Double.self))
    try GreenThread.sleep(for: delay)
    return try .report(try request.report(.head + [.data, .files, .form]))
  }
  routes.get("/drip") { request in
    let query = try request.queryParameters
    let count = min(try query.value("numbytes", as: Int.self) ?? 10, 10 << 20)
    let code = try query.value("code", as: Int.self) ?? 200
    guard count > 0 else { throw HTTPError(.badRequest, "number of bytes must be positive") }
    guard (200...599).contains(code) else { throw HTTPError(.badRequest, "Invalid status code") }
    let duration = try seconds(try query.value("duration", as: Double.self) ?? 2)
    try GreenThread.sleep(for: try seconds(try query.value("delay", as: Double.self) ?? 0))
    return .stream(
      status: HTTPResponse.Status(registered: code) ?? HTTPResponse.Status(code: code),
      headerFields: [.contentType: "application/octet-stream"], length: count
    ) { try drip(count, within: duration, to: $0) }
  }
  routes.get("/stream/{n}") { request in
    let count = min(try request.parameters.require("n", as: Int.self), 100)
    var report = try request.report(.head)
    return .stream(headerFields: [.contentType: "application/json"]) { writer in
      for number in 0..<max(count, 0) {
        report["id"] = .integer(number)
        try writer.write(try JSONCoding.standard.encode(report) + Array("\n".utf8))
        try writer.flush()
      }
    }
  }
}

/// A time that the client may have, ten seconds at most.
func seconds(_ number: Double) throws -> Duration {
  guard number.isFinite, number >= 0 else { throw HTTPError(.badRequest, "a time below zero") }
  return .seconds(min(number, 10))
}

/// Sends asterisks, one by one if there is time for that.
private func drip(_ count: Int, within duration: Duration, to writer: ResponseWriter) throws {
  let steps = min(count, max(1, Int(duration / .milliseconds(10))))
  for step in 0..<steps {
    let size = count * (step + 1) / steps - count * step / steps
    try writer.write([UInt8](repeating: UInt8(ascii: "*"), count: size))
    try writer.flush()
    try GreenThread.sleep(for: duration / steps)
  }
}
