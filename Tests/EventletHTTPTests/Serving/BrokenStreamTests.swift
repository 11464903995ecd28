import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Streams that are no sockets, and fail.
final class BrokenStreamTests: HTTPTestCase {
  private struct Broken: PeerError {}
  private struct Odd: Error {}

  /// Gives what it is told to, and then fails.
  private final class FailingStream: ByteStream {
    private var input: [UInt8]
    private let error: any Error
    private let canSend: Bool
    private(set) var sent: [UInt8] = []
    private(set) var isClosed = false

    init(_ input: String, _ error: any Error, canSend: Bool = true) {
      self.input = Array(input.utf8)
      self.error = error
      self.canSend = canSend
    }

    func receive(upTo count: Int) throws -> [UInt8] {
      try GreenThread.yield()
      if input.isEmpty { throw error }
      defer { input = [] }
      return input
    }

    func sendAll(_ bytes: [UInt8]) throws {
      if !canSend { throw error }
      sent += bytes
    }

    func close() { isClosed = true }
  }

  /// What tells that the other end is gone.
  private let errors: [any Error] = [
    Broken(), SystemError(call: "receive", errno: SystemError.connectionReset.errno),
    IOTimeout(operation: "receive", subject: "it"),
    HubError.closedWhileWaiting(descriptor: 99), UnexpectedEnd(missing: 1),
  ]

  func testAStreamThatBreaksIsNoErrorOfTheServers() throws {
    for error in errors {
      for input in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let stream = FailingStream(input, error)
        try makeServer { _ in .text("x") }.serve(connection: stream)
        XCTAssertTrue(stream.isClosed)
      }
      let stream = FailingStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n", error, canSend: false)
      try makeServer { _ in .text("x") }.serve(connection: stream)
    }
  }

  func testABodyThatBreaksOffIsNotTheHandlersFault() throws {
    for error in errors where !(error is IOTimeout) {
      let stream = FailingStream(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", error)
      try makeServer { request in
        _ = try request.body.readAll()
        return .text("not reached")
      }.serve(connection: stream)
      XCTAssertEqual(stream.sent, [], "\(error)")
    }
  }

  func testATakenConnectionThatBreaksIsNoError() throws {
    let calls: [(TakenConnection) throws -> Void] = [
      { _ = try $0.receive(upTo: 1) }, { _ = try $0.receive(upTo: 1, timeout: .seconds(1)) },
      { _ = try $0.reader.readLine() }, { try $0.sendAll("x") },
      { connection in try [1].withUnsafeBytes { try connection.sendAll($0, timeout: nil) } },
    ]
    for error in errors {
      for call in calls {
        let stream = FailingStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n", error, canSend: false)
        try makeServer { _ in .takeOver(call) }.serve(connection: stream)
        XCTAssertTrue(stream.isClosed)
      }
    }
  }

  func testAnErrorOfTheHandlersThatIsOfTheSameKindIsIts() throws {
    for error in errors {
      let stream = FailingStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Broken())
      try makeServer { _ in throw error }.serve(connection: stream)
      XCTAssertTrue(stream.sent.starts(with: Array("HTTP/1.1 500".utf8)), "\(error)")
      XCTAssertEqual(takeUncaughtErrors().count, 1, "\(error)")
    }
  }

  func testAnUnknownErrorOfTheStreamIsReported() throws {
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    for (input, canSend, size) in [("", true, 1), (request, false, 1), (request, false, 20_000)] {
      let stream = FailingStream(input, Odd(), canSend: canSend)
      let server = makeServer { _ in .bytes([UInt8](repeating: 0, count: size)) }
      try server.serve(connection: stream)
      XCTAssertTrue(stream.isClosed)
      expectReports("Odd()")
    }
  }
}
