@testable import ParserProperties

extension Verdict {
  /// As an object in JSON, in which bytes stand in hexadecimal.
  var json: String {
    var members = ["\"end\":\"\(name)\"", "\"data\":\(Self.hexadecimal(data))"]
    if end == .complete { members.append("\"count\":\(count)") }
    members.append("\"trailers\":\(Self.list(trailers))")
    if let head {
      members += [
        "\"method\":\(Self.hexadecimal(bytes(head.methodName)))",
        "\"target\":\(Self.hexadecimal(bytes(head.target)))",
        "\"version\":\"\(head.version.major).\(head.version.minor)\"",
        "\"fields\":\(Self.list(head.fields))",
        "\"closes\":\(head.asksToClose || head.version < .http1_1)",
        "\"waits\":\(head.expectsContinue)",
      ]
    }
    return "{\(members.joined(separator: ","))}"
  }

  private var name: String {
    switch end {
    case .complete: "complete"
    case .incomplete: "incomplete"
    case .refused(let reason): "\(reason)"
    }
  }

  private static func list(_ fields: [ParsedHead.Field]) -> String {
    let pairs = fields.map { "[\(hexadecimal(bytes($0.name))),\(hexadecimal(bytes($0.value)))]" }
    return "[\(pairs.joined(separator: ","))]"
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return "\"\(String(decoding: text, as: UTF8.self))\""
  }
}
