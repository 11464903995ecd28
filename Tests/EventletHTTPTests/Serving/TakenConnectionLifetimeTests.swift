import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// What is left of a connection that a handler has taken, when it is over: nothing.
final class TakenConnectionLifetimeTests: HTTPTestCase {
  private final class Remains {
    weak var connection: TakenConnection?
    weak var stream: (any ByteStream)?
    weak var reader: BufferedReader?
  }

  /// Serves a client who says a line and goes, and hears what the handler does with its connection.
  private func remains(
    over kind: StreamKind, _ handler: @escaping (TakenConnection) throws -> Void
  ) throws -> Remains {
    let remains = Remains()
    let client = try connect(
      to: makeServer { _ in
        .takeOver { connection in
          remains.connection = connection
          remains.stream = connection.stream
          try handler(connection)
        }
      }, over: kind)
    try client.send(request: "GET /")
    try client.send("hello\n")
    try client.finish()
    try client.settle()
    return remains
  }

  func testAReaderKeepsNothing() throws {
    for kind in StreamKind.allCases {
      let remains = try remains(over: kind) { connection in
        XCTAssertEqual(try connection.reader.readLine(), "hello")
        XCTAssertNil(try connection.reader.readLine())
      }
      XCTAssertNil(remains.connection, "\(kind)")
      XCTAssertNil(remains.stream, "\(kind)")
    }
  }

  func testAHookKeepsNothing() throws {
    for kind in StreamKind.allCases {
      let remains = try remains(over: kind) { connection in
        connection.whenServerStops { connection.close() }
        while try !connection.receive(upTo: 100).isEmpty {}
      }
      XCTAssertNil(remains.connection, "\(kind)")
      XCTAssertNil(remains.stream, "\(kind)")
    }
  }

  func testAHookThatComesAfterTheEndIsNotKept() throws {
    var kept: TakenConnection?
    let remains = try remains(over: .socket) { kept = $0 }
    kept?.whenServerStops { [connection = kept] in connection?.close() }
    kept = nil
    XCTAssertNil(remains.connection)
  }

  func testAllReadersAreAsOne() throws {
    var words: [String?] = []
    let client = try connect { _ in
      .takeOver { connection in
        connection.reader.maxLineLength = 10
        words = [try connection.reader.readLine(), try connection.reader.readLine()]
        assertThrows(LineTooLong.self) { _ = try connection.reader.readLine() }
      }
    }
    try client.send(request: "GET /", body: "a\nb\nlonger than ten\n")
    try client.expectClosed()
    XCTAssertEqual(words, ["a", "b"])
  }
}
