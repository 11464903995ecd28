import EventletHTTP
import EventletJSON
import FoundationEssentials
import HTTPTypes

/// What an answer tells of its request's body.
struct BodyReport {
  /// Of anything but a form: text, or a `data:` URI.
  var data: JSONValue = ""
  var files: JSONValue = [:]
  var form: JSONValue = [:]
  /// What the data is as JSON, whatever type it is said to be.
  var json: JSONValue = nil

  init() {}

  init(of request: ServerRequest) throws {
    switch request[.contentType].flatMap({ MediaType(parsing: $0) })?.essence {
    case "application/x-www-form-urlencoded", "multipart/form-data":
      let form = try request.readForm()
      self.form = grouped(form.fields)
      // One of each name, as httpbin does it.
      let named = form.files.map { ($0.name, text($0.content, type: $0.contentType)) }
      files = .object(Dictionary(named) { first, _ in first })
    default:
      let bytes = try request.body.readAll()
      data = text(bytes, type: nil)
      json = (try? JSONValue(parsing: bytes)) ?? nil
    }
  }
}

/// Bytes as text if they are UTF-8, and as a `data:` URI (RFC 2397) otherwise.
private func text(_ bytes: [UInt8], type: MediaType?) -> JSONValue {
  if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
  let type = type.map { "\($0)" } ?? "application/octet-stream"
  return .string("data:\(type);base64,\(Data(bytes).base64EncodedString())")
}
