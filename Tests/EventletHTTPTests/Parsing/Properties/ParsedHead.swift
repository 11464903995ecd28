@testable import EventletHTTP

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

    init(_ field: RequestHead.Field, of bytes: UnsafeRawBufferPointer) {
      self.init(latin1(field.name.of(bytes)), latin1(field.value.of(bytes)))
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
    func text(_ part: RequestHead.Part) -> String { latin1(part.of(bytes)) }
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
    fields = head.fields.map { Field($0, of: bytes) }
    framing = head.framing
    expectsContinue = head.expectsContinue
    asksToClose = head.asksToClose
    asksToKeepAlive = head.asksToKeepAlive
    asksToUpgrade = head.asksToUpgrade
    byteCount = head.byteCount
  }
}
