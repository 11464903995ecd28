public import EventletHTTP
internal import EventletNet

/// A form with files, sent as `multipart/form-data` (RFC 7578) without being in memory.
///
/// ```swift
/// var form = HTTPClientMultipart()
/// form.append(name: "title", value: "Holidays")
/// try form.append(name: "photo", file: "/srv/beach.jpg", contentType: MediaType(parsing: "image/jpeg"))
/// let answer = try client.post(url, body: .multipart(form))
/// ```
///
/// In Python: the `files` of requests.
public struct HTTPClientMultipart {
  private struct Part {
    let head: String
    /// nil if nobody knows it.
    let length: Int?
    let isRepeatable: Bool
    let write: (HTTPClientWriter) throws -> Void
  }

  private let boundary: String
  private var parts: [Part] = []

  /// Creates a form without fields.
  public init() {
    let words = (0..<4).map { _ in String(UInt32.random(in: .min ... .max), radix: 36) }
    boundary = "eventlet-" + words.joined()
  }

  /// Adds a field.
  /// - Parameters:
  ///   - name: What the form calls it.
  ///   - value: Any text.
  public mutating func append(name: String, value: String) {
    append(name, nil, nil, length: value.utf8.count, isRepeatable: true) { try $0.write(value) }
  }

  /// Adds a file that is in memory.
  /// - Parameters:
  ///   - name: What the form calls it.
  ///   - filename: Any text; what cannot stand in a field is percent-encoded.
  ///   - contentType: None by default.
  ///   - content: Any bytes.
  public mutating func append(
    name: String, filename: String, contentType: MediaType? = nil, content: [UInt8]
  ) {
    append(name, filename, contentType, length: content.count, isRepeatable: true) {
      try $0.write(content)
    }
  }

  /// Adds a file of the disk, which is read when it is sent.
  ///
  /// One that has another size then is an error,
  /// ``HTTPClientError/Reason/bodyLengthMismatch(announced:written:)``. May switch.
  /// - Parameters:
  ///   - name: What the form calls it.
  ///   - path: Where it is.
  ///   - filename: What the server is told; nil, the default, is the last part of the path.
  ///   - contentType: None by default.
  /// - Throws: what keeps its size from being known; what a kill or timeout throws.
  public mutating func append(
    name: String, file path: String, filename: String? = nil, contentType: MediaType? = nil
  ) throws {
    let length = try GreenFile.withOpen(path, .read) { try $0.size() }
    let last = path.split(separator: "/").last.map(String.init) ?? path
    append(name, filename ?? last, contentType, length: length, isRepeatable: true) { writer in
      try GreenFile.withOpen(path, .read) { file in
        while case let piece = try file.receive(upTo: 65_536), !piece.isEmpty {
          try writer.write(piece)
        }
      }
    }
  }

  /// Adds a file that is written when it is sent.
  /// - Parameters:
  ///   - name: What the form calls it.
  ///   - filename: Any text.
  ///   - contentType: None by default.
  ///   - length: If it is known beforehand; nil by default, and then the whole form is sent in chunks.
  ///   - write: Writes the content. Called once: a form with such a file is not sent again.
  public mutating func append(
    name: String, filename: String, contentType: MediaType? = nil, length: Int? = nil,
    _ write: @escaping (HTTPClientWriter) throws -> Void
  ) {
    append(name, filename, contentType, length: length, isRepeatable: false, write)
  }

  private mutating func append(
    _ name: String, _ filename: String?, _ contentType: MediaType?, length: Int?,
    isRepeatable: Bool, _ write: @escaping (HTTPClientWriter) throws -> Void
  ) {
    let disposition = ContentDisposition(type: "form-data", name: name, filename: filename)
    var head = "--\(boundary)\r\nContent-Disposition: \(disposition.map { "\($0)" } ?? "")\r\n"
    if let contentType { head += "Content-Type: \(contentType)\r\n" }
    parts.append(
      Part(head: head + "\r\n", length: length, isRepeatable: isRepeatable, write: write))
  }

  private var end: String { "--\(boundary)--\r\n" }

  /// With the lines around the contents; nil if one is of unknown length.
  private var length: Int? {
    var sum = end.utf8.count
    for part in parts {
      guard let length = part.length else { return nil }
      sum += part.head.utf8.count + length + 2
    }
    return sum
  }

  var body: HTTPClientBody {
    let type = MediaType(
      type: "multipart", subtype: "form-data",
      parameters: [NamedValue(name: "boundary", value: boundary)])
    return .stream(
      length: length, contentType: type, isRepeatable: parts.allSatisfy(\.isRepeatable)
    ) { [parts, end] writer in
      for part in parts {
        try writer.write(part.head)
        let start = writer.count
        try part.write(writer)
        if let length = part.length, writer.count - start != length {
          throw writer.mismatch(announced: length, written: writer.count - start)
        }
        try writer.write("\r\n")
      }
      try writer.write(end)
    }
  }
}

extension HTTPClientBody {
  /// A form with files, as `multipart/form-data`.
  public static func multipart(_ form: HTTPClientMultipart) -> HTTPClientBody { form.body }
}
