import Eventlet
import EventletHTTP
import EventletJSON
import HTTPTypes

/// What an answer tells of its request: members of a JSON object.
enum Report {
  case args, data, files, form, headers, json, method, origin, url
}

extension [Report] {
  /// Of a request without a body.
  static let head: Self = [.args, .headers, .origin, .url]
  /// Of one with a body.
  static let whole: Self = head + [.data, .files, .form, .json]
}

extension ServerRequest {
  /// Tells of the request; reads the body only if that is asked for.
  func report(_ members: [Report]) throws -> [String: JSONValue] {
    let body = members.contains(.data) ? try BodyReport(of: self) : BodyReport()
    var report: [String: JSONValue] = [:]
    for member in members {
      report["\(member)"] =
        switch member {
        case .args: grouped(try queryParameters)
        case .data: body.data
        case .files: body.files
        case .form: body.form
        case .headers: reportedFields
        case .json: body.json
        case .method: .string(method.rawValue)
        case .origin: reportedOrigin
        case .url: .string(base + (head.path ?? ""))
        }
    }
    return report
  }

  /// Scheme and host, for absolute URLs.
  var base: String { "\(scheme)://\(authority ?? "")" }

  var reportedOrigin: JSONValue { .string(clientAddress?.host ?? "") }

  /// Names as they are usually written, and repeated fields joined.
  var reportedFields: JSONValue {
    var fields: [String: String] = [:]
    for field in headerFields {
      let name = capitalized(field.name.canonicalName)
      fields[name] = fields[name].map { "\($0),\(field.value)" } ?? field.value
    }
    return .object(fields.mapValues { .string($0) })
  }
}

/// `User-Agent` for `user-agent`.
private func capitalized(_ name: String) -> String {
  name.split(separator: "-", omittingEmptySubsequences: false)
    .map { $0.prefix(1).uppercased() + $0.dropFirst() }
    .joined(separator: "-")
}

/// Values by name; a list where a name comes more than once.
func grouped(_ values: [(name: String, value: JSONValue)]) -> JSONValue {
  .object(
    Dictionary(grouping: values, by: \.name).mapValues { values in
      values.count == 1 ? values[0].value : .array(values.map(\.value))
    })
}

/// Texts by name; a list where a name comes more than once.
func grouped(_ values: some NamedValueList) -> JSONValue {
  grouped(values.map { ($0.name, .string($0.value)) })
}

extension ServerResponse {
  /// JSON, to be looked at by people.
  static func report(
    _ members: [String: JSONValue], status: HTTPResponse.Status = .ok
  ) throws -> ServerResponse { try .json(members, status: status, coding: .readable) }
}

extension JSONCoding {
  static let readable: JSONCoding = {
    var coding = JSONCoding()
    coding.encoder.outputFormatting.insert(.prettyPrinted)
    return coding
  }()
}
