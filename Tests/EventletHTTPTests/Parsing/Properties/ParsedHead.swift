@testable import EventletHTTP

/// The bytes of a text, each of whose characters is one: U+00E9 is the byte E9.
func bytes(_ text: String) -> [UInt8] {
  text.unicodeScalars.map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") }
}

/// What the parser has found in a head, copied out of its bytes.
///
/// Each byte is one character of its texts.
struct ParsedHead: Equatable {
  struct Field: Equatable {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  var line: String
  var method: RequestHead.Method
  var methodName: String
  var target: String
  var form: RequestHead.TargetForm
  var path: String
  var query: String?
  var scheme: String?
  var authority: String?
  var version: HTTPVersion
  var fields: [Field]
  var framing: RequestHead.Framing
  var expectsContinue: Bool
  var asksToClose: Bool
  var asksToKeepAlive: Bool
  var asksToUpgrade: Bool
  var byteCount: Int

  init(_ head: RequestHead, of bytes: UnsafeRawBufferPointer) {
    let text = { (part: RequestHead.Part) in
      var text = ""
      for byte in part.of(bytes) { text.unicodeScalars.append(Unicode.Scalar(byte)) }
      return text
    }
    line = text(head.line)
    method = head.method
    methodName = text(head.methodName)
    target = text(head.target)
    form = head.targetForm
    path = text(head.path)
    query = head.query.map(text)
    scheme = head.scheme.map(text)
    authority = head.authority.map(text)
    version = head.version
    fields = head.fields.map { Field(text($0.name), text($0.value)) }
    framing = head.framing
    expectsContinue = head.expectsContinue
    asksToClose = head.asksToClose
    asksToKeepAlive = head.asksToKeepAlive
    asksToUpgrade = head.asksToUpgrade
    byteCount = head.byteCount
  }
}
