/// A form to be sent as `multipart/form-data`, RFC 7578.
///
/// ```swift
/// var body = MultipartBody()
/// body.append(name: "title", value: "Holidays")
/// body.append(
///   name: "photo", filename: "beach.jpg", contentType: MediaType(type: "image", subtype: "jpeg"),
///   content: bytes)
/// request.headerFields[.contentType] = "\(body.contentType)"
/// try stream.sendAll(body.encoded())
/// ```
public struct MultipartBody: Sendable {
  private let boundary: MultipartBoundary
  private var parts: [UInt8] = []

  /// Creates a form without fields, with a random boundary.
  public init() { boundary = .random() }

  /// With a boundary of which it is known that no content has it.
  init(boundary: MultipartBoundary) { self.boundary = boundary }

  /// Adds a field.
  /// - Parameters:
  ///   - name: What the form calls it.
  ///   - value: Any text.
  public mutating func append(name: String, value: String) {
    append(ContentDisposition(of: ContentDisposition.formData, name: name, filename: nil))
    append(content: Array(value.utf8))
  }

  /// Adds a file.
  /// - Parameters:
  ///   - name: What the form calls it.
  ///   - filename: Any text; what cannot stand in a field is percent-encoded.
  ///   - contentType: None by default.
  ///   - content: Any bytes.
  public mutating func append(
    name: String, filename: String, contentType: MediaType? = nil, content: [UInt8]
  ) {
    append(ContentDisposition(of: ContentDisposition.formData, name: name, filename: filename))
    if let contentType { parts += "Content-Type: \(contentType)\r\n".utf8 }
    append(content: content)
  }

  private mutating func append(_ disposition: ContentDisposition) {
    parts += "--\(boundary.text)\r\nContent-Disposition: \(disposition)\r\n".utf8
  }

  private mutating func append(content: [UInt8]) {
    parts += "\r\n".utf8
    parts += content
    parts += "\r\n".utf8
  }

  /// What to send as the `Content-Type` of the body.
  public var contentType: MediaType {
    MediaType(
      ofKnown: "multipart", "form-data",
      parameters: [NamedValue(name: "boundary", value: boundary.text)])
  }

  /// The body, with what has been added so far.
  public func encoded() -> [UInt8] { parts + "--\(boundary.text)--\r\n".utf8 }
}
