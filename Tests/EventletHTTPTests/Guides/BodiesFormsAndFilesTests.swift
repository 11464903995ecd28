import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// The programs of the guide "Bodies, forms and files".
final class BodiesFormsAndFilesTests: StaticFilesTestCase {
  override var time: GreenTest.Time { .real }

  func testReadingABody() throws {
    var notes: [String] = []
    let router = Router()
    router.post("/notes") { request in
      let text = try request.body.readText(limit: 10_000)
      notes.append(text)
      return .status(.created)
    }
    let client = try connect(handler: router.handle)
    try client.send(request: "POST /notes", "Content-Length: 4", body: "milk")
    try client.expectResponse(201)
    XCTAssertEqual(notes, ["milk"])
    try client.send(
      request: "POST /notes", "Content-Length: 10001",
      body: String(repeating: "x", count: 10_001))
    try client.expectResponse(413)
  }

  func testABodyOfAnyLength() throws {
    let router = Router()
    router.post("/measure") { request in
      request.body.limit = nil
      var count = 0
      try request.body.forEach { piece in count += piece.count }
      return .text("\(count) bytes\n")
    }
    let client = try connect({ $0.limits.body = 10 }, handler: router.handle)
    try client.send(
      request: "POST /measure", "Transfer-Encoding: chunked",
      body: "10\r\n0123456789abcdef\r\n0\r\n\r\n")
    try client.expectResponse(200, "16 bytes\n")
  }

  func testForms() throws {
    let router = Router()
    router.post("/profile") { request in
      let form = try request.readForm()
      let name = form.fields["name"] ?? "nobody"
      let picture = form.file("picture")
      return .text("\(name), \(picture?.content.count ?? 0) bytes\n")
    }
    let client = try connect(handler: router.handle)
    try client.send(
      request: "POST /profile", "Content-Type: application/x-www-form-urlencoded",
      "Content-Length: 8", body: "name=ada")
    try client.expectResponse(200, "ada, 0 bytes\n")
    var body = MultipartBody()
    body.append(name: "name", value: "ada")
    body.append(name: "picture", filename: "ada.png", content: [1, 2, 3])
    try client.send(
      request: "POST /profile", "Content-Type: \(body.contentType)",
      "Content-Length: \(body.encoded().count)",
      body: String(decoding: body.encoded(), as: UTF8.self))
    try client.expectResponse(200, "ada, 3 bytes\n")
    try client.send(
      request: "POST /profile", "Content-Type: text/plain", "Content-Length: 1", body: "x")
    try client.expectResponse(415)
  }

  func testUploads() throws {
    let tree = try makeTree([])
    let uploads = tree.path
    let router = Router()
    router.post("/uploads") { request in
      request.body.limit = 1 << 30
      let reader = try request.makeMultipartReader()
      while let part = try reader.nextPart() {
        guard let name = part.disposition?.safeFilename else { continue }
        try GreenFile.withOpen(uploads + "/" + name, .write) { file in
          while case let piece = try part.receive(upTo: 65_536), !piece.isEmpty {
            try file.sendAll(piece)
          }
        }
      }
      return .redirect(to: "/uploads")
    }
    var body = MultipartBody()
    body.append(name: "file", filename: "../list.txt", content: Array("milk".utf8))
    let client = try connect(to: makeServer(handler: router.handle))
    try client.send(
      request: "POST /uploads", "Content-Type: \(body.contentType)",
      "Content-Length: \(body.encoded().count)",
      body: String(decoding: body.encoded(), as: UTF8.self))
    try client.expectResponse(303)
    XCTAssertEqual(try GreenFile.read(uploads + "/list.txt"), Array("milk".utf8))
  }

  func testFiles() throws {
    let tree = try makeTree([("page.html", "<p>"), ("report.txt", "all is well")])
    let directory = tree.path
    let router = Router()
    let files = try StaticFiles(directory: directory)
    router.mount("/static", files.handle)
    router.get("/report") { request in
      try .file(directory + "/report.txt", for: request, headerFields: [.cacheControl: "no-cache"])
    }
    let client = try connect(to: makeServer(handler: router.handle))
    try client.send(request: "GET /static/page.html")
    try client.expectResponse(
      200, "<p>", fields: ["Content-Type": "text/html; charset=utf-8"])
    try client.send(request: "GET /report", "Range: bytes=0-2")
    try client.expectResponse(206, "all", fields: ["Cache-Control": "no-cache"])
  }
}

/// Those that are about time.
final class StreamsGuideTests: HTTPTestCase {
  func testStreams() throws {
    let router = Router()
    router.get("/ticks") { _ in
      .stream(headerFields: [.contentType: "text/event-stream"]) { writer in
        for number in 1...3 {
          try writer.write("data: \(number)\n\n")
          try writer.flush()
          try GreenThread.sleep(for: .seconds(1))
        }
      }
    }
    let client = try connect(handler: router.handle)
    try client.send(request: "GET /ticks")
    let response = try client.expectResponse(200, "data: 1\n\ndata: 2\n\ndata: 3\n\n")
    XCTAssertEqual(response.chunks?.count, 3)
    XCTAssertEqual(clock.elapsed.components.seconds, 3)
  }

  func testBothWays() throws {
    let router = Router()
    router.post("/upper") { request in
      request.body.limit = nil
      return .stream(length: request.body.length) { writer in
        try request.body.forEach { piece in
          try writer.write(piece.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 })
        }
      }
    }
    let client = try connect(handler: router.handle)
    try client.send(request: "POST /upper", "Content-Length: 5", body: "hello")
    try client.expectResponse(200, "HELLO", fields: ["Content-Length": "5"])
  }

  func testTakingTheConnection() throws {
    let router = Router()
    router.get("/echo") { _ in
      .upgrade(to: "echo") { connection in
        while let line = try connection.reader.readLine() { try connection.sendAll(line + "\n") }
      }
    }
    let client = try connect(handler: router.handle)
    try client.send(request: "GET /echo", "Connection: Upgrade", "Upgrade: echo")
    try client.expectResponse(101)
    try client.send("hello\n")
    XCTAssertEqual(try client.read(6), Array("hello\n".utf8))
    try client.endSending()
    try client.expectClosed()
  }
}
