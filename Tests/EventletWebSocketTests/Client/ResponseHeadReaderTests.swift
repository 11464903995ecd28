import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletWebSocket

final class ResponseHeadReaderTests: GreenTestCase {
  /// Bytes that arrive in pieces.
  private final class Pieces: ByteSource {
    private var pieces: [ArraySlice<UInt8>]
    init(_ pieces: [ArraySlice<UInt8>]) { self.pieces = pieces.filter { !$0.isEmpty } }

    func receive(upTo count: Int) -> [UInt8] {
      guard let piece = pieces.first else { return [] }
      pieces.removeFirst()
      if piece.count > count { pieces.insert(piece.dropFirst(count), at: 0) }
      return Array(piece.prefix(count))
    }

    func close() {}
  }

  private func read(
    _ text: String, splitAt split: Int = 0
  ) throws -> (head: HTTPResponse, rest: [UInt8]) {
    let bytes = Array(text.utf8)
    let reader = BufferedReader(Pieces([bytes[..<split], bytes[split...]]))
    let head = try ResponseHeadReader(reader: reader).read()
    return (head, try reader.readAll())
  }

  private let good =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-Empty:\r\n"
    + "X-Spaces:\t a  b \t\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n\u{1}rest\n"

  func testAHeadInWhateverPieces() throws {
    for split in 0...good.utf8.count {
      let (head, rest) = try read(good, splitAt: split)
      XCTAssertEqual(head.status.code, 101)
      XCTAssertEqual(head.status.reasonPhrase, "Switching Protocols")
      let fields = head.headerFields.map { "\($0.name.rawName)=\($0.value)" }
      XCTAssertEqual(
        fields, ["Upgrade=websocket", "X-Empty=", "X-Spaces=a  b", "X-Twice=1", "X-Twice=2"])
      // Not a byte more is taken.
      XCTAssertEqual(String(decoding: rest, as: UTF8.self), "\u{1}rest\n", "\(split)")
    }
  }

  func testStatusLines() throws {
    for (line, code, phrase) in [
      ("HTTP/1.1 101 Switching Protocols", 101, "Switching Protocols"), ("HTTP/1.1 101 ", 101, ""),
      ("HTTP/1.1 404", 404, ""), ("HTTP/1.1 599 a  b", 599, "a  b"),
    ] {
      let head = try read(line + "\r\n\r\n").head
      XCTAssertEqual(head.status.code, code)
      XCTAssertEqual(head.status.reasonPhrase, phrase)
      // As RFC 9112, 2.2 allows.
      XCTAssertEqual(try read(line + "\n\n").head, head)
    }
  }

  func testWhatIsNoStatusLineOfHTTPOneOne() {
    for line in [
      "", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.0 101 Switching Protocols", "HTTP/2 101 x",
      "HTTP/1.1  101 x", "HTTP/1.1 1o1 x", "HTTP/1.1 10 x", "HTTP/1.1 1010 x", "HTTP/1.1 +11 x",
      "HTTP/1.1 099 x", "HTTP/1.1 600 x", "http/1.1 101 x", "ICY 200 OK", "\u{1}\u{2}",
      " HTTP/1.1 101 x", "HTTP/1.1 １０１ x", "SSH-2.0-OpenSSH_9.6",
    ] {
      assertInvalid(line + "\r\n\r\n", "is no status line of HTTP/1.1")
    }
  }

  func testWhatIsNoField() {
    for line in ["x", "a b: c", ": c", " folded: c", "\tfolded", "a\u{0}: b", "ü: x", "a : b"] {
      assertInvalid("HTTP/1.1 101 x\r\nA: b\r\n\(line)\r\n\r\n", "is no field")
    }
    for value in ["a\0b", "a\rb", "a\u{1}b", "a\u{7F}"] {
      assertInvalid("HTTP/1.1 101 x\r\nName: \(value)\r\n\r\n", "the value of Name")
    }
  }

  func testAStreamThatEndsInTheMiddle() {
    let head = "HTTP/1.1 101 x\r\nA: b\r\n\r\n"
    for count in 0..<head.utf8.count {
      assertInvalid(
        String(decoding: head.utf8.prefix(count), as: UTF8.self), "ends in the middle of a head")
    }
  }

  func testAHeadHasALimit() throws {
    let start = "HTTP/1.1 101 x\r\n"
    let room = ResponseHeadReader.mostBytes - start.utf8.count - "\r\n".utf8.count
    let longest = "A: " + String(repeating: "x", count: room - 5) + "\r\n"
    XCTAssertEqual(try read(start + longest + "\r\n").head.headerFields.count, 1)
    assertInvalid(start + "A" + longest + "\r\n", "a head of over 65536 bytes")
    assertInvalid(String(repeating: "x", count: 70_000), "a head of over 65536 bytes")
    let many = String(repeating: "A: 123456\r\n", count: 20_000)
    assertInvalid(start + many + "\r\n", "a head of over 65536 bytes")
  }

  private func assertInvalid(_ text: String, _ reason: String, line: UInt = #line) {
    assertThrows(WebSocketConnectError.self, line: line) {
      _ = try read(text)
    } check: { error in
      guard case .invalidAnswer(let found) = error else {
        return XCTFail("\(error)", line: line)
      }
      XCTAssertTrue(found.contains(reason), "\(text.prefix(200)): \(found)", line: line)
    }
  }
}
