/// What a parser has found in the head of a request: places in the bytes, not copies of them.
struct RequestHead {
  /// A part of the bytes.
  struct Part {
    var start: UInt32 = 0
    var count: UInt32 = 0

    init() {}

    init(_ range: Range<Int>) {
      start = UInt32(truncatingIfNeeded: range.lowerBound)
      count = UInt32(truncatingIfNeeded: range.count)
    }

    @inline(__always)
    func of(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(start) + Int(count)])
    }
  }

  struct Field {
    var name: Part
    var value: Part
  }

  /// Methods that the server itself knows about.
  enum Method {
    case get
    case head
    case post
    case put
    case delete
    case options
    case patch
    case connect
    case trace
    case other
  }

  /// How long the body is.
  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  /// Forms of a request's target (RFC 9112, 3.2).
  enum TargetForm {
    case origin
    case absolute
    case authority
    case asterisk
  }

  var method = Method.get
  var methodName = Part()
  /// As sent, whatever its form.
  var target = Part()
  var targetForm = TargetForm.origin
  /// The path in the target as sent, up to the first `?`; empty in an absolute form without one.
  var path = Part()
  /// What follows the first `?`.
  var query: Part?
  /// Of an absolute target.
  var scheme: Part?
  /// The host and port: of an absolute target, else of the `Host`.
  var authority: Part?
  /// The request line without its end.
  var line = Part()
  var version = HTTPVersion.http1_1
  var fields: [Field] = []
  var framing = Framing.none
  var expectsContinue = false
  /// `Connection` names these.
  var asksToClose = false
  var asksToKeepAlive = false
  var asksToUpgrade = false
  /// How many bytes the head has, an empty line before it included.
  var byteCount = 0

  /// Makes room for the next request, and keeps the memory.
  mutating func reset() {
    fields.removeAll(keepingCapacity: true)
    query = nil
    scheme = nil
    authority = nil
    framing = .none
    expectsContinue = false
    asksToClose = false
    asksToKeepAlive = false
    asksToUpgrade = false
    byteCount = 0
  }
}
