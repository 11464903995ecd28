import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

final class MultipartFormTests: GreenTestCase {
  private func read(
    _ body: MultipartBody, limits: MultipartForm.Limits = .init()
  ) throws -> MultipartForm {
    let source = Chunks([body.encoded()])
    return try MultipartReader(source, contentType: "\(body.contentType)", chunkSize: 7)
      .readForm(limits: limits)
  }

  private func assertThrown(
    _ expected: FormError, line: UInt = #line, _ body: () throws -> MultipartForm
  ) {
    assertThrows(FormError.self, line: line) {
      _ = try body()
    } check: {
      XCTAssertEqual($0, expected, line: line)
    }
  }

  func testFieldsAndFilesComeBack() throws {
    var body = MultipartBody()
    body.append(name: "title", value: "Ferien & \"ü\"\r\n--b--")
    body.append(name: "any \"name\"\r\n%", value: "x")
    body.append(name: "tag", value: "a")
    body.append(
      name: "photo", filename: "C:\\x\\beach.jpg",
      contentType: MediaType(type: "image", subtype: "jpeg"),
      content: Array(UInt8.min...UInt8.max))
    body.append(name: "tag", value: "")
    body.append(name: "none", filename: "", content: [])
    body.append(name: "photo", filename: "2", content: [1])
    let form = try read(body)
    XCTAssertEqual(
      form.fields,
      [
        "title": "Ferien & \"ü\"\r\n--b--", "any \"name\"\r\n%": "x", "tag": "a", "tag": "",
      ])
    XCTAssertEqual(form.files.map(\.name), ["photo", "none", "photo"])
    let photo = try XCTUnwrap(form.file("photo"))
    XCTAssertEqual(photo.content, Array(UInt8.min...UInt8.max))
    XCTAssertEqual(photo.contentType?.essence, "image/jpeg")
    XCTAssertEqual(photo.disposition.filename, "C:\\x\\beach.jpg")
    XCTAssertEqual(photo.disposition.safeFilename, "beach.jpg")
    XCTAssertEqual(form.file("none")?.disposition.filename, "")
    XCTAssertNil(form.file("title"))
    XCTAssertEqual(try read(MultipartBody()).fields, [:])
  }

  func testTheFormsOfCurlAreRead() throws {
    // Version 7.88.1: -F 'a=b c' -F 'ü=é;type=text/plain;charset=utf-8'
    // -F 'f=@file;filename="q\"q\\r.txt"'
    let text = lines(
      "--------------------------7c2debe124700fe9", "Content-Disposition: form-data; name=\"a\"",
      "", "b c", "--------------------------7c2debe124700fe9",
      "Content-Disposition: form-data; name=\"ü\"", "Content-Type: text/plain;charset=utf-8", "",
      "é", "--------------------------7c2debe124700fe9",
      "Content-Disposition: form-data; name=\"f\"; filename=\"q%22q\\r.txt\"",
      "Content-Type: text/plain", "", "x", "", "--------------------------7c2debe124700fe9--", "")
    let form = try MultipartReader(
      Chunks([text]),
      contentType: "multipart/form-data; boundary=------------------------7c2debe124700fe9"
    ).readForm()
    XCTAssertEqual(form.fields, ["a": "b c", "ü": "é"])
    XCTAssertEqual(form.file("f")?.disposition.filename, "q\"q\\r.txt")
    XCTAssertEqual(form.file("f")?.content, Array("x\r\n".utf8))
  }

  func testTextThatIsNoneIsReplaced() throws {
    let text = lines("--b", "Content-Disposition: form-data; name=a", "", "x") + [0xff]
    let source = Chunks([text + lines("", "--b--")])
    let form = try MultipartReader(source, boundary: "b").readForm()
    XCTAssertEqual(form.fields["a"], "x\u{fffd}")
  }

  func testAPartWithoutANameIsAnError() throws {
    for field in ["X: y", "Content-Disposition: form-data", "Content-Disposition: a;b"] {
      let source = Chunks([lines("--b", field, "", "x", "--b--")])
      assertThrown(.missingName) { try MultipartReader(source, boundary: "b").readForm() }
    }
  }

  func testTheSizeOfFieldsIsLimited() throws {
    var body = MultipartBody()
    body.append(name: "a", value: "12345")
    body.append(name: "b", value: "67890")
    // Each part says `Content-Disposition: form-data; name="a"`, 19 and 19 bytes.
    var limits = MultipartForm.Limits()
    limits.maxFieldsSize = 2 * (38 + 5)
    XCTAssertEqual(try read(body, limits: limits).fields.count, 2)
    for limit in [0, 1, 37, 38, 42, 43, 81, 85] {
      limits.maxFieldsSize = limit
      assertThrown(.tooLarge(limit: limit)) { try read(body, limits: limits) }
    }
  }

  func testTheSizeOfFilesIsLimited() throws {
    var body = MultipartBody()
    body.append(name: "a", filename: "a", content: [UInt8](repeating: 0, count: 100))
    body.append(name: "b", filename: "b", content: [UInt8](repeating: 0, count: 50))
    var limits = MultipartForm.Limits()
    limits.maxFileSize = 100
    limits.maxFilesSize = 150
    XCTAssertEqual(try read(body, limits: limits).files.count, 2)
    limits.maxFilesSize = 149
    assertThrown(.filesTooLarge(limit: 149)) { try read(body, limits: limits) }
    limits.maxFilesSize = 150
    limits.maxFileSize = 99
    assertThrown(.fileTooLarge(name: "a", limit: 99)) { try read(body, limits: limits) }
    // What files say of themselves counts with the fields.
    limits.maxFileSize = 100
    limits.maxFieldsSize = 60
    assertThrown(.tooLarge(limit: 60)) { try read(body, limits: limits) }
  }

  func testOtherErrorsComeThrough() throws {
    assertThrown(.truncated) {
      try MultipartReader(Chunks([lines("--b", "")]), boundary: "b").readForm()
    }
  }
}
