internal import HTTPTypes

extension HTTPFields {
  /// A `Content-Type` and nothing else: most responses have no other field of their own.
  ///
  /// Those of the common types are made once.
  static func contentType(_ type: String) -> HTTPFields {
    switch type.utf8.count {
    case 10: if type == "text/plain" { return plain }
    case 16: if type == "application/json" { return json }
    case 24: if type == "text/html; charset=utf-8" { return html }
    case 25: if type == "text/plain; charset=utf-8" { return plainUTF8 }
    default: break
    }
    return [.contentType: type]
  }

  private static let plain: HTTPFields = [.contentType: "text/plain"]
  private static let json: HTTPFields = [.contentType: "application/json"]
  private static let html: HTTPFields = [.contentType: "text/html; charset=utf-8"]
  private static let plainUTF8: HTTPFields = [.contentType: "text/plain; charset=utf-8"]
}
