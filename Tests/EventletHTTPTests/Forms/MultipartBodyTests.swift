import HTTPTypes
import Testing

@testable import EventletHTTP

@Suite struct MultipartBodyTests {
  @Test func partsAreWritten() throws {
    var multipart = MultipartBody(boundary: try #require(MultipartBoundary("b")))
    #expect(multipart.encoded() == lines("--b--", ""))
    multipart.append(name: "title", value: "ü")
    multipart.append(
      name: "photo", filename: "a\"b.jpg", contentType: MediaType(type: "image", subtype: "jpeg"),
      content: [0, 255, 13, 10])
    multipart.append(name: "note", filename: "", content: [])
    let expected =
      lines(
        "--b", "Content-Disposition: form-data; name=\"title\"", "", "ü", "--b",
        "Content-Disposition: form-data; name=\"photo\"; filename=\"a%22b.jpg\"",
        "Content-Type: image/jpeg", "", "") + [0, 255, 13, 10]
      + lines(
        "", "--b", "Content-Disposition: form-data; name=\"note\"; filename=\"\"", "", "", "--b--",
        "")
    #expect(multipart.encoded() == expected)
    #expect("\(multipart.contentType)" == "multipart/form-data; boundary=b")
  }

  @Test func nothingInANameBecomesAFieldOrAPart() throws {
    var multipart = MultipartBody(boundary: try #require(MultipartBoundary("b")))
    let evil = "a\"\r\nX: y\r\n\r\nz\r\n--b--"
    multipart.append(name: evil, filename: evil, content: [1])
    let parsed = Parsed([multipart.encoded()[...]])
    #expect(parsed.error == nil)
    #expect(parsed.parts.map(\.content) == [[1]])
    #expect(parsed.parts.first?.fields.count == 1)
  }

  @Test func eachBodyHasABoundaryOfItsOwn() throws {
    let types = (0..<100).map { _ in MultipartBody().contentType }
    #expect(Set(types).count == 100)
    for type in types {
      let read = try #require(MediaType(parsing: "\(type)"))
      #expect(read == type)
      #expect(MultipartBoundary(try #require(read["boundary"])) != nil)
    }
  }
}
