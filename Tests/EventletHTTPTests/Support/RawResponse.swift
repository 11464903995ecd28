/// A response as a client has received it, taken apart strictly: what is malformed is an error.
struct RawResponse {
  let statusLine: String
  let fields: [(name: String, value: String)]
  /// The data of each chunk; nil if the body did not come in chunks.
  let chunks: [[UInt8]]?
  let body: [UInt8]
  let trailers: [(name: String, value: String)]
  /// Whether the end of the connection was the end of the body.
  let endedWithConnection: Bool

  /// The number in the status line.
  var status: Int { Int(statusLine.split(separator: " ")[1]) ?? 0 }

  /// What stands after the number.
  var reason: String {
    String(statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)[2])
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The values of the fields of that name, whatever the case of its letters.
  func values(_ name: String) -> [String] {
    fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// The value of the only field of that name; nil if there is none.
  subscript(name: String) -> String? {
    let values = values(name)
    return values.count > 1 ? "\(values)" : values.first
  }
}

/// What a client has received is no response, or not all of one.
struct MalformedResponse: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension RawResponse {
  /// Reads one response; of the method of the request, for one to HEAD has no body.
  init(from client: RawClient, to method: String) throws {
    statusLine = try client.readLine()
    let parts = statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3,
      let status = Int(parts[1]), (100...599).contains(status)
    else { throw MalformedResponse("status line '\(statusLine)'") }
    fields = try Self.readFields(from: client)
    let named = { [fields] (name: String) in fields.filter { $0.name.lowercased() == name } }
    let lengths = named("content-length")
    let codings = named("transfer-encoding")
    guard lengths.count + codings.count <= 1 else { throw MalformedResponse("framing: \(fields)") }
    let hasNoBody = method == "HEAD" || status < 200 || status == 204 || status == 304
    var chunks: [[UInt8]]?
    var trailers: [(name: String, value: String)] = []
    var endedWithConnection = false
    if hasNoBody {
      body = []
    } else if let coding = codings.first {
      guard coding.value == "chunked" else { throw MalformedResponse("\(coding)") }
      var all: [[UInt8]] = []
      while let chunk = try Self.readChunk(from: client) { all.append(chunk) }
      trailers = try Self.readFields(from: client)
      chunks = all
      body = all.reduce(into: []) { $0 += $1 }
    } else if let length = lengths.first {
      guard let count = Int(length.value), count >= 0 else { throw MalformedResponse("\(length)") }
      body = try client.read(count)
    } else {
      body = try client.readToEnd()
      endedWithConnection = true
    }
    self.chunks = chunks
    self.trailers = trailers
    self.endedWithConnection = endedWithConnection
  }

  private static func readFields(
    from client: RawClient
  ) throws -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    while case let line = try client.readLine(), !line.isEmpty {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
        line[..<colon].utf8.allSatisfy({ $0 > 0x20 }), line[colon...].hasPrefix(": ")
      else { throw MalformedResponse("field '\(line)'") }
      fields.append((String(line[..<colon]), String(line[colon...].dropFirst(2))))
    }
    return fields
  }

  /// - Returns: nil for the last one, which is empty.
  private static func readChunk(from client: RawClient) throws -> [UInt8]? {
    let line = try client.readLine()
    guard !line.isEmpty, line.utf8.count < 16, let size = Int(line, radix: 16), size >= 0 else {
      throw MalformedResponse("chunk size '\(line)'")
    }
    if size == 0 { return nil }
    let data = try client.read(size)
    guard try client.readLine().isEmpty else { throw MalformedResponse("end of a chunk") }
    return data
  }
}
