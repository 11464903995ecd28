import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

final class MultipartTests: ClientTestCase {
  /// A file is read on other OS threads.
  override var time: GreenTest.Time { .real }

  private func reading() throws -> String {
    try serve { request in
      let length = request.headerFields[.contentLength] == nil ? "chunked" : "known"
      let form = try request.readForm()
      let fields = form.fields.map { "\($0.name)=\($0.value)" }
      let files = form.files.map {
        "\($0.name)=\($0.disposition.filename ?? "") \($0.contentType.map { "\($0)" } ?? "-") \($0.content.count)"
      }
      return .text(([length] + fields + files).joined(separator: "; "))
    }
  }

  func testFieldsAndFiles() throws {
    let path = "/tmp/eventlet-form-\(getpid()).txt"
    defer { unlink(path) }
    try GreenFile.write(Array("on the disk".utf8), to: path)
    let url = try reading()
    let client = makeClient()
    var form = HTTPClientMultipart()
    form.append(name: "title", value: "Füße \"&")
    form.append(
      name: "photo", filename: "a.jpg", contentType: MediaType(parsing: "image/jpeg"),
      content: [UInt8](repeating: 1, count: 200_000))
    try form.append(name: "notes", file: path)
    let expected =
      "title=Füße \"&; photo=a.jpg image/jpeg 200000; notes=eventlet-form-\(getpid()).txt - 11"
    XCTAssertEqual(try client.post(url, body: .multipart(form)).text(), "known; " + expected)
    form.append(name: "log", filename: "log") { writer in
      for _ in 0..<10 { try writer.write("line\n") }
    }
    XCTAssertEqual(
      try client.post(url, body: .multipart(form)).text(), "chunked; \(expected); log=log - 50")
    XCTAssertEqual(try client.post(url, body: .multipart(.init())).text(), "known")
  }

  func testAFileThatHasAnotherLength() throws {
    let url = try reading()
    var form = HTTPClientMultipart()
    form.append(name: "log", filename: "log", length: 10) { try $0.write("short") }
    form.append(name: "a", value: "b")
    XCTAssertEqual(
      try clientError { try makeClient().post(url, body: .multipart(form)) }.reason,
      .bodyLengthMismatch(announced: 10, written: 5))
  }

  func testNamesDoNotAddFields() throws {
    let url = try serve { .text(try $0.body.readText()) }
    var form = HTTPClientMultipart()
    form.append(name: "a\"\r\nX-Evil: 1", value: "v")
    form.append(name: "b", filename: "c\r\nX-Evil: 1", content: [65])
    let text = try makeClient().post(url, body: .multipart(form)).text()
    XCTAssertFalse(text.contains("\nX-Evil"), text)
    XCTAssertFalse(text.contains("Disposition: \r\n"), text)
    XCTAssertNil(
      MediaType(
        type: "text", subtype: "plain",
        parameters: [NamedValue(name: "a", value: "x\r\nX-Evil: y")]))
  }
}
