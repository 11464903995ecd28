import Testing

@testable import EventletHTTP

@Suite struct RequestTargetParsingTests {
  private func head(_ line: String) throws -> ParsedHead {
    let head = try HeadOutcome.head(of: "\(line) HTTP/1.1\r\nHost: host\r\n\r\n")
    #expect(head.target == line.split(separator: " ")[1])
    return head
  }

  // MARK: Origin form

  @Test(
    arguments: [
      ("/", "/", nil), ("/a/b", "/a/b", nil), ("/a//b/", "/a//b/", nil), ("/?", "/", ""),
      ("/a?b", "/a", "b"), ("/a?b?c", "/a", "b?c"), ("/?/", "/", "/"), ("/%3f?%3f", "/%3f", "%3f"),
      ("/a:b@c", "/a:b@c", nil), ("/http://x", "/http://x", nil), ("/*", "/*", nil),
      // Several slashes at the beginning are one.
      ("//", "/", nil), ("///a", "/a", nil), ("//host/a?b", "/host/a", "b"), ("//?//", "/", "//"),
      // What no URI may have, but some send.
      ("/%", "/%", nil), ("/%zz", "/%zz", nil), ("/\"<>\\^`{|}", "/\"<>\\^`{|}", nil),
      ("/[]", "/[]", nil), ("/\u{e9}?\u{ff}", "/\u{e9}", "\u{ff}"), ("/..", "/..", nil),
    ] as [(String, String, String?)])
  func aPathMayHaveAQuery(target: String, path: String, query: String?) throws {
    let head = try head("GET \(target)")
    #expect(head.form == .origin)
    #expect(head.path == path)
    #expect(head.query == query)
    #expect(head.scheme == nil)
    #expect(head.authority == "host")
  }

  // MARK: Absolute form

  @Test(
    arguments: [
      ("http://h", "http", "h", "", nil), ("http://h/", "http", "h", "/", nil),
      ("http://h:81/p?q", "http", "h:81", "/p", "q"), ("https://h?q=/", "https", "h", "", "q=/"),
      ("HTTP://H/p", "HTTP", "H", "/p", nil), ("hTTpS://h:/", "hTTpS", "h:", "/", nil),
      ("http://[::1]:8/p", "http", "[::1]:8", "/p", nil), ("http://h//a", "http", "h", "/a", nil),
      ("http://h/a://b", "http", "h", "/a://b", nil),
      ("http://1.2.3.4", "http", "1.2.3.4", "", nil), ("http://h?", "http", "h", "", ""),
    ] as [(String, String, String, String, String?)])
  func theHostOfAnAbsoluteTargetCounts(
    target: String, scheme: String, authority: String, path: String, query: String?
  ) throws {
    let head = try head("GET \(target)")
    #expect(head.form == .absolute)
    #expect(head.scheme == scheme)
    #expect(head.authority == authority)
    #expect(head.path == path)
    #expect(head.query == query)
  }

  @Test(arguments: [
    // Other schemes, and none.
    "ftp://h/", "ws://h/", "file:///x", "httpx://h/", "htt://h/", "http+unix://h/", "://h/", ":",
    "urn:x", "h:80", "h", "a/b", "?", "?a", "http", "http:", "http:/", "http://", "http:/h/",
    "http:h", "http;//h/", "http\u{e9}://h/",
    // No host, or none that is one.
    "http:///p", "http://?q", "http://:80/", "http:// h/",
    // Names of users.
    "http://user@h/", "http://user:secret@h/", "http://@h/", "http://h@/",
    // Ports.
    "http://h:a/", "http://h:-1/", "http://h:+1/", "http://h:65536/", "http://h:000080/",
    "http://h:8 0/", "http://h:80:80/", "http://h:0x50/", "http://[::1]80/", "http://[::1]:a/",
    // What looks like a host to some.
    "http://h\\p", "http://h%/", "http://h%2/", "http://h%zz/", "http://[::1/", "http://::1/",
    "http://[]/", "http://[::1]]/", "http://[[::1]/", "http://h\u{e9}/", "http://<h>/",
    "http://h[/", "http://a]/",
  ])
  func nothingElseIsAnAbsoluteTarget(target: String) {
    let reason: RequestError.Reason =
      target.contains(" ") ? .malformedRequestLine : .malformedTarget
    expectRefused("GET \(target) HTTP/1.1\r\n", reason)
  }

  // MARK: Authority form

  @Test(arguments: ["h:80", "h.example:443", "127.0.0.1:1", "[::1]:65535", "h:00080", "%41:1"])
  func connectHasAHostAndAPort(target: String) throws {
    let head = try head("CONNECT \(target)")
    #expect(head.form == .authority)
    #expect(head.method == .connect)
    #expect(head.authority == target)
    #expect(head.path == "")
    #expect(head.query == nil)
  }

  @Test(arguments: [
    "/", "/h:80", "*", "h", "h:", "h:0", "h:000", "h:65536", "h:99999", "h:100000", "h:a", "h:+80",
    "h:-1", "h:8_0", "h:80/", "h:80?", ":80", ":", "[::1]", "[::1]:", "[::1]:0", "user@h:80",
    "http://h:80", "http://h:80/", "h:80:80", "\u{e9}:80",
  ])
  func connectHasNothingElse(target: String) {
    expectRefused("CONNECT \(target) HTTP/1.1\r\n", .malformedTarget)
  }

  // MARK: Asterisk form

  @Test func anAsteriskIsForOptions() throws {
    let head = try head("OPTIONS *")
    #expect(head.form == .asterisk)
    #expect(head.path == "*")
    #expect(head.query == nil)
    #expect(head.authority == "host")
    #expect(try self.head("OPTIONS /").form == .origin)
  }

  @Test(arguments: [
    "GET *", "POST *", "HEAD *", "options *", "PRI *", "OPTIONS **", "OPTIONS */", "OPTIONS *?",
    "OPTIONS *a",
  ])
  func anAsteriskIsForNothingElse(line: String) {
    expectRefused("\(line) HTTP/1.1\r\n", .malformedTarget)
  }

  // MARK: Bytes

  @Test(arguments: Array(0...0x20) + [0x23, 0x7f] as [UInt8])
  func aTargetHasNoControlsAndNoFragment(byte: UInt8) {
    let character = Character(Unicode.Scalar(byte))
    // The line ends, or has another word.
    let reason: RequestError.Reason =
      switch byte {
      case 0x0A: .malformedLineEnding
      case 0x20: .malformedRequestLine
      default: .malformedTarget
      }
    for target in ["/a\(character)b", "/a?b\(character)", "\(character)", "http://h\(character)/"] {
      expectRefused("GET \(target) HTTP/1.1\r\n", reason)
    }
  }

  @Test func everyOtherByteMayStandInAPath() throws {
    var path = "/"
    for byte in UInt8(0x21)...0xFF where byte != 0x23 && byte != 0x3F && byte != 0x7F {
      path.unicodeScalars.append(Unicode.Scalar(byte))
    }
    #expect(try head("GET \(path)").path == path)
  }
}
