import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// A client that sends whatever bytes it is told to, and says what it gets.
///
/// Received bytes are taken one response after the other; those that nobody has asked for stay for
/// the next expectation.
final class RawClient {
  let socket: GreenSocket
  /// The green thread that serves it; nil if that is a listener's.
  let serving: GreenThread<Void>?
  private var unread: [UInt8] = []
  /// What the server's end ended with.
  private(set) var end: End?

  enum End: Equatable {
    case orderly
    /// The connection was broken off.
    case reset
  }

  /// Connects with `server` by a pair of sockets, of which the server gets one as such a stream.
  convenience init(of server: HTTPServer, over kind: StreamKind = .socket) throws {
    let (near, far) = try GreenSocket.pair()
    self.init(near, servedBy: spawn { try server.serve(connection: kind.stream(over: far)) })
  }

  /// Connects by TCP.
  convenience init(to address: SocketAddress) throws {
    self.init(try GreenSocket.connect(to: address), servedBy: nil)
  }

  init(_ socket: GreenSocket, servedBy serving: GreenThread<Void>?) {
    self.socket = socket
    self.serving = serving
  }

  // MARK: Sending

  func send(_ text: String) throws { try socket.sendAll(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws { try socket.sendAll(bytes) }

  /// Sends a request of HTTP/1.1 with a `Host`: method and target, lines of fields without their
  /// ends, and a body whose length the fields tell.
  func send(request line: String, _ fields: String..., body: String = "") throws {
    let fields = (["Host: test"] + fields).map { $0 + "\r\n" }.joined()
    try send("\(line) HTTP/1.1\r\n\(fields)\r\n\(body)")
  }

  /// Sends each part when nobody has anything to do with those before it any more.
  func send(parts: [[UInt8]]) throws {
    for part in parts where !part.isEmpty {
      try socket.sendAll(part)
      try settle()
    }
  }

  /// Tells the server that nothing more comes.
  func endSending() throws { try socket.shutdown(.writing) }

  /// Has everybody go on for as long as there is something to do, without time for anything else.
  func settle() throws { try GreenThread.sleep(for: .nanoseconds(1)) }

  // MARK: Receiving

  /// - Returns: whether something has come, other than the end.
  private func receive() throws -> Bool {
    if end != nil { return false }
    do {
      let more = try socket.receive(upTo: 65_536)
      if more.isEmpty { end = .orderly }
      unread += more
    } catch SystemError.connectionReset { end = .reset }
    return end == nil
  }

  func readLine() throws -> String {
    var searched = 0
    while true {
      if let lineFeed = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        guard lineFeed > 0, unread[lineFeed - 1] == UInt8(ascii: "\r") else {
          throw MalformedResponse("a line that ends in LF: '\(received)'")
        }
        // Latin-1: every byte is itself.
        defer { unread.removeFirst(lineFeed + 1) }
        return String(String.UnicodeScalarView(unread[..<(lineFeed - 1)].map(Unicode.Scalar.init)))
      }
      searched = unread.count
      guard try receive() else { throw MalformedResponse("\(ending) in a line: '\(received)'") }
    }
  }

  func read(_ count: Int) throws -> [UInt8] {
    while unread.count < count {
      guard try receive() else {
        throw MalformedResponse("\(ending), \(count - unread.count) bytes missing")
      }
    }
    defer { unread.removeFirst(count) }
    return Array(unread[..<count])
  }

  func readToEnd() throws -> [UInt8] {
    while try receive() {}
    defer { unread = [] }
    return unread
  }

  /// Reads one response to a request of that method, be it an interim one.
  func readResponse(to method: String = "GET") throws -> RawResponse {
    try RawResponse(from: self, to: method)
  }

  /// What has been received and not been asked for, for messages.
  private var received: String { String(decoding: unread.prefix(1000), as: UTF8.self) }

  private var ending: String { end == .reset ? "reset" : "end" }

  // MARK: Expectations

  /// Reads one response, and fails the test if it is not as expected.
  ///
  /// Any body is, if `body` is nil. Of `fields`, nil is one that must not be there; others may be.
  @discardableResult
  func expectResponse(
    _ status: Int, _ body: String? = nil, fields: [String: String?] = [:],
    to method: String = "GET", file: StaticString = #filePath, line: UInt = #line
  ) throws -> RawResponse {
    let response: RawResponse
    do { response = try readResponse(to: method) } catch let error as MalformedResponse {
      XCTFail("instead of a response with \(status): \(error)", file: file, line: line)
      throw error
    }
    XCTAssertEqual(response.status, status, response.text, file: file, line: line)
    if let body { XCTAssertEqual(response.text, body, file: file, line: line) }
    for (name, value) in fields {
      XCTAssertEqual(response[name], value, "\(name)", file: file, line: line)
    }
    return response
  }

  /// Reads `100 Continue`, and fails the test if it is anything else.
  @discardableResult
  func expectContinue(
    file: StaticString = #filePath, line: UInt = #line
  ) throws -> RawResponse {
    let response = try expectResponse(100, file: file, line: line)
    XCTAssertEqual(response.statusLine, "HTTP/1.1 100 Continue", file: file, line: line)
    return response
  }

  /// Reads the refusal of a request and the end of the connection.
  func expectRefusal(
    _ status: Int, _ message: String? = nil, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let response = try expectResponse(
      status, message.map { $0 + "\n" }, fields: ["Connection": "close"], file: file, line: line)
    XCTAssertEqual(
      response["Content-Length"], "\(response.body.count)", file: file, line: line)
    try expectClosed(file: file, line: line)
  }

  /// Whether something has come that nobody has asked for, be it the end.
  func hasReceived() throws -> Bool {
    if !unread.isEmpty || end != nil { return true }
    do {
      let more = try socket.receive(upTo: 65_536, timeout: .zero)
      if more.isEmpty { end = .orderly }
      unread += more
    } catch SystemError.wouldBlock { return false } catch SystemError.connectionReset {
      end = .reset
    }
    return true
  }

  /// Fails the test unless exactly these bytes come next.
  func expectBytes(_ text: String, file: StaticString = #filePath, line: UInt = #line) throws {
    while unread.count < text.utf8.count, try receive() {}
    let count = min(unread.count, text.utf8.count)
    XCTAssertEqual(String(decoding: unread[..<count], as: UTF8.self), text, file: file, line: line)
    unread.removeFirst(count)
  }

  /// Fails the test unless the server has nothing to say and the connection stays.
  func expectIdle(file: StaticString = #filePath, line: UInt = #line) throws {
    try settle()
    guard try hasReceived() else { return }
    XCTFail(end == nil ? "received '\(received)'" : ending, file: file, line: line)
  }

  /// Waits for the server to close, and fails the test if anything else comes or it breaks the
  /// connection off.
  func expectClosed(file: StaticString = #filePath, line: UInt = #line) throws {
    while try receive() {}
    XCTAssertEqual(received, "", file: file, line: line)
    XCTAssertEqual(end, .orderly, file: file, line: line)
  }

  // MARK: The end

  /// Closes, and waits for the server's part to end.
  /// - Throws: what that has ended with.
  func finish() throws {
    socket.close()
    try serving?.wait()
  }
}
