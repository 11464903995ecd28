import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// Files as bodies.
final class StreamedFileTests: HTTPTestCase {
  private static let content = ResponseBodyTests.pattern(300_000)
  private var file: Int32 = -1

  override func setUpWithError() throws {
    try super.setUpWithError()
    var path = Array("/tmp/eventlet-http-body-XXXXXX".utf8CString)
    file = mkstemp(&path)
    unlink(path)
    let written = Self.content.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    XCTAssertEqual(written, Self.content.count)
  }

  override func tearDownWithError() throws {
    try super.tearDownWithError()
    close(file)
  }

  func testAPartOfAFileIsSentBetweenOtherPieces() throws {
    let file = file
    for length in [nil, 2 + 200_000] {
      let client = try connect { _ in
        .stream(length: length) { writer in
          try writer.write("<")
          try writer.writeFile(file, from: 50_000, count: 200_000)
          XCTAssertEqual(writer.count, 200_001)
          try writer.write(">")
        }
      }
      for _ in 0..<2 {
        try client.send(request: "GET /")
        let response = try client.expectResponse(200)
        XCTAssertEqual(response.body.count, 200_002)
        XCTAssertTrue(response.body[1..<200_001] == Self.content[50_000..<250_000])
      }
    }
  }

  func testToHTTP1_0() throws {
    let file = file
    let client = try connect { _ in
      .stream { try $0.writeFile(file, from: 0, count: Self.content.count) }
    }
    try client.send("GET / HTTP/1.0\r\n\r\n")
    XCTAssertTrue(try client.expectResponse(200).body == Self.content)
  }

  // Eventlet: W73
  func testAFileThatIsShorterThanAnnouncedCutsTheConnection() throws {
    let file = file
    let address = try listen(
      makeServer { _ in
        .stream(length: 400_000) { try $0.writeFile(file, from: 0, count: 400_000) }
      })
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectReset()
    expectReports("Content-Length is 400000, and its body has 300000 bytes")
  }

  func testAFileThatCannotBeReadIs500AsLongAsNothingIsSent() throws {
    for length in [nil, 10] {
      let client = try connect { _ in
        .stream(length: length) { try $0.writeFile(-1, from: 0, count: 10) }
      }
      try client.send(request: "GET /")
      if length == nil {
        try client.expectResponse(500)
        try client.expectClosed()
      } else {
        _ = try client.readToEnd()
      }
      expectReports("EBADF")
    }
  }
}
