@testable import EventletHTTP

/// What holds for the answer of the parser to whatever a client sends.
enum HeadProperties {
  /// - Throws: ``Violation``.
  static func check(_ input: [UInt8]) throws(Violation) {
    for limits in [HTTPLimits(), .tight] {
      let outcome = HeadOutcome(input, limits: limits)
      let single = HeadOutcome(input, arriving: 0...input.count, limits: limits)
      try demand(single == outcome, "\(outcome), but byte by byte \(single)")
      let pieces = HeadOutcome(input, arriving: arrivals(of: input), limits: limits)
      try demand(pieces == outcome, "\(outcome), but in pieces \(pieces)")
      switch outcome {
      case .incomplete:
        let most = 2 + limits.requestLine + limits.fields
        try demand(input.count <= most, "\(input.count) bytes are no head yet")
      case .refused:
        for rest in [bytes("\r\n\r\n"), input] {
          let longer = HeadOutcome(input + rest, limits: limits)
          try demand(longer == outcome, "\(outcome), but with more \(longer)")
        }
      case .head(let head): try check(head, of: input, limits)
      }
    }
  }

  private static func check(
    _ head: ParsedHead, of input: [UInt8], _ limits: HTTPLimits
  ) throws(Violation) {
    try demand(head.byteCount <= input.count, "it has more bytes than have come")
    let own = Array(input[..<head.byteCount])
    let alone = HeadOutcome(own, limits: limits)
    try demand(alone == .head(head), "\(head), but alone \(alone)")
    let shorter = HeadOutcome(own.dropLast(), limits: limits)
    try demand(shorter == .incomplete, "\(shorter) without its last byte")
    try demand(head.fields.count <= limits.fieldCount, "\(head.fields.count) fields")
    try checkBytes(own)
    try checkTarget(of: head)
    try checkFraming(of: head)
    try checkSerialized(head)
  }

  /// Nobody sees a line end where another sees none.
  private static func checkBytes(_ bytes: [UInt8]) throws(Violation) {
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case 0x0A: try demand(index > 0 && bytes[index - 1] == 0x0D, "a bare LF")
      case 0x0D: try demand(index + 1 < bytes.count && bytes[index + 1] == 0x0A, "a bare CR")
      case 0x09, 0x20...0x7E, 0x80...: break
      default: throw Violation(description: "a control character")
      }
    }
  }

  /// The parts of a target are all of it.
  private static func checkTarget(of head: ParsedHead) throws(Violation) {
    try demand(head.line == "\(head.methodName) \(head.target) \(head.version)", "another line")
    try demand(!head.target.contains("#"), "a fragment")
    let rest = head.path + (head.query.map { "?" + $0 } ?? "")
    let whole =
      switch head.form {
      case .origin, .asterisk: rest
      case .absolute: "\(head.scheme ?? "")://\(head.authority ?? "")\(rest)"
      case .authority: head.authority
      }
    // Several slashes at the beginning of a path are one.
    var target = head.target
    if head.path.hasPrefix("/"), head.target.utf8.count > whole?.utf8.count ?? 0 {
      let start = head.form == .absolute ? "\(head.scheme ?? "")://\(head.authority ?? "")" : ""
      let path = head.target.dropFirst(start.count).drop { $0 == "/" }
      target = "\(start)/\(path)"
    }
    try demand(whole == target, "\(whole ?? "nothing") is not \(target)")
    try demand(
      head.form != .authority || head.method == .connect, "a target for CONNECT in another request")
    try demand(
      head.form != .asterisk || head.method == .options, "a target for OPTIONS in another request")
  }

  /// There is one way to see where it ends.
  private static func checkFraming(of head: ParsedHead) throws(Violation) {
    let values = { (name: String) in
      head.fields.filter { $0.name.lowercased() == name }.map(\.value)
    }
    let lengths = values("content-length")
    let codings = values("transfer-encoding")
    switch head.framing {
    case .none:
      try demand(codings.isEmpty && lengths.allSatisfy { $0.allSatisfy { $0 == "0" } }, "a body")
    case .length(let length):
      try demand(codings.isEmpty && lengths.count == 1 && length > 0, "another length")
      let digits = lengths[0].drop { $0 == "0" }
      try demand(digits == String(length), "\(length) is not \(lengths[0])")
    case .chunked:
      try demand(lengths.isEmpty && codings.count == 1, "another length")
      try demand(codings[0].lowercased() == "chunked", "\(codings[0]) is not chunked")
      try demand(head.version >= .http1_1, "chunks in HTTP/1.0")
    }
    let hosts = values("host")
    try demand(hosts.count == 1 || hosts.isEmpty && head.version < .http1_1, "\(hosts) are hosts")
    if head.form == .origin || head.form == .asterisk {
      try demand(head.authority == hosts.first, "another authority")
    }
    try demand(head.framing != .none || !head.expectsContinue, "a body is expected")
  }

  /// What is written is read as the same.
  private static func checkSerialized(_ head: ParsedHead) throws(Violation) {
    let fields = head.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
    let written = bytes("\(head.line)\r\n\(fields)\r\n")
    var expected = head
    expected.byteCount = written.count
    let outcome = HeadOutcome(written, limits: .none)
    try demand(outcome == .head(expected), "\(head), but written \(outcome)")
  }
}
