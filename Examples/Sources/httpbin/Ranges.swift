import Eventlet
import EventletHTTP
import HTTPTypes

/// `/range/{n}`: letters of the alphabet, all of them or a part, perhaps slowly.
func addRanges(to routes: some RoutesBuilder) {
  routes.get("/range/{n}") { request in
    let count = try request.parameters.require("n", as: Int.self)
    var fields: HTTPFields = [.eTag: "range\(count)", .acceptRanges: "bytes"]
    guard (1...100 << 10).contains(count) else {
      throw HTTPError(
        .notFound, "number of bytes must be in the range (0, 102400]", headerFields: fields)
    }
    let query = try request.queryParameters
    // Without the upper limit the sum of a place and the size might be no number.
    let chunkSize = min(max(1, try query.value("chunk_size", as: Int.self) ?? 10_240), count)
    let duration = try seconds(try query.value("duration", as: Double.self) ?? 0)

    let range: ByteRange
    switch ByteRange.select(request[.range], ofSize: count, maxCount: 1) {
    case .whole: range = ByteRange(first: 0, last: count - 1)
    case .parts(let parts): range = parts[0]
    case .unsatisfiable:
      fields[.contentRange] = ByteRange.unsatisfiedContentRange(ofSize: count)
      return ServerResponse(status: .rangeNotSatisfiable, headerFields: fields)
    }
    fields[.contentType] = "application/octet-stream"
    fields[.contentRange] = range.contentRange(ofSize: count)
    return .stream(
      status: range.count == count ? .ok : .partialContent, headerFields: fields,
      length: range.count
    ) { writer in
      for start in stride(from: range.first, through: range.last, by: chunkSize) {
        let end = min(start + chunkSize - 1, range.last)
        try writer.write((start...end).map { UInt8(ascii: "a") + UInt8($0 % 26) })
        if duration == .zero { continue }
        try writer.flush()
        try GreenThread.sleep(for: duration * (end - start + 1) / count)
      }
    }
  }
}
