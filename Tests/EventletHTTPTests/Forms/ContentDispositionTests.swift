import EventletHTTP
import Testing

@Suite struct ContentDispositionTests {
  @Test(
    arguments: [
      ("form-data; name=\"a\"", "form-data", "a", nil),
      ("Form-Data ; NAME=a ; FileName=\"b.txt\"", "form-data", "a", "b.txt"),
      ("attachment", "attachment", nil, nil),
      ("form-data; name=\"\"; filename=\"\"", "form-data", "", ""),
      ("form-data; name=\"ü\"; filename=\"€ rates\"", "form-data", "ü", "€ rates"),
      // What browsers and curl do with quotes and backslashes.
      ("form-data; name=\"a\\\"b\"", "form-data", "a\"b", nil),
      ("form-data; name=a; filename=\"C:\\dir\\file\"", "form-data", "a", "C:\\dir\\file"),
      ("form-data; name=a; filename=\"x\\\\y\\\"z\"", "form-data", "a", "x\\y\"z"),
      ("form-data; name=\"%0d%0A\"; filename=\"x%22y%25%2\"", "form-data", "\r\n", "x\"y%25%2"),
      ("attachment; filename=\"x%22y\"", "attachment", nil, "x%22y"),
      ("form-data; name=\"a;b\"; filename=\"c=d\"", "form-data", "a;b", "c=d"),
      // RFC 8187.
      ("attachment; filename*=UTF-8''%e2%82%ac%20rates", "attachment", nil, "€ rates"),
      ("attachment; filename=EURO; filename*=utf-8'en'%E2%82%AC", "attachment", nil, "€"),
      ("attachment; filename*=iso-8859-1''%A3; filename=x", "attachment", nil, "£"),
      ("attachment; filename*=UTF-8''%FF; filename=x", "attachment", nil, "x"),
      ("attachment; filename*=UTF-16''%00; filename=x", "attachment", nil, "x"),
      ("attachment; filename*=UTF-8''%4; filename=x", "attachment", nil, "x"),
      ("attachment; filename*=x; filename=y", "attachment", nil, "y"),
      ("attachment; filename*=UTF-8'%41", "attachment", nil, nil),
      ("form-data; name=a; name=b", "form-data", "a", nil),
    ] as [(String, String, String?, String?)])
  func dispositionsAreRead(
    text: String, type: String, name: String?, filename: String?
  ) throws {
    let disposition = try #require(ContentDisposition(parsing: text))
    #expect(disposition.type == type)
    #expect(disposition.name == name)
    #expect(disposition.filename == filename)
  }

  @Test(arguments: [
    "", "; name=a", "form-data, name=a", "form-data; name=\"a", "form-data; name", "a b; name=c",
    "form-data; name=\"a\r\n\"", "form-data; name=a b", "form-data; name=\"a\\",
  ])
  func nothingElseIsADisposition(text: String) {
    #expect(ContentDisposition(parsing: text) == nil)
  }

  @Test(
    arguments: [
      ("form-data", "a", nil, "form-data; name=\"a\""),
      ("Form-Data", "a b", "c", "form-data; name=\"a b\"; filename=\"c\""),
      (
        "form-data", "ü\"\r\n", "x\u{0}\u{7f}\\",
        "form-data; name=\"ü%22%0D%0A\"; filename=\"x%00%7F\\\""
      ),
      ("attachment", nil, nil, "attachment"),
      ("attachment", nil, "a.pdf", "attachment; filename=a.pdf"),
      ("attachment", nil, "a b.pdf", "attachment; filename=\"a b.pdf\""),
      (
        "attachment", nil, "Übersicht €.pdf",
        "attachment; filename=\"_bersicht _.pdf\"; filename*=UTF-8''%C3%9Cbersicht%20%E2%82%AC.pdf"
      ),
      (
        "attachment", nil, "a\"\\%41\r\nX: y",
        "attachment; filename=\"a___41__X: y\"; filename*=UTF-8''a%22%5C%2541%0D%0AX%3A%20y"
      ),
      ("inline", nil, "", "inline; filename=\"\""),
    ] as [(String, String?, String?, String)])
  func dispositionsAreWritten(
    type: String, name: String?, filename: String?, text: String
  ) throws {
    let disposition = try #require(ContentDisposition(type: type, name: name, filename: filename))
    #expect("\(disposition)" == text)
    #expect("\(disposition)".utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    #expect(disposition.filename == filename)
    if type == "attachment" {
      #expect(ContentDisposition(parsing: text)?.filename == filename)
    }
  }

  @Test func aTypeIsAWord() {
    for type in ["", "a b", "a;b", "a\r\n"] { #expect(ContentDisposition(type: type) == nil) }
  }

  @Test func whatWasReadIsWrittenOnce() throws {
    let text = "attachment; filename=_; filename*=UTF-8''%E2%82%AC"
    #expect("\(try #require(ContentDisposition(parsing: text)))" == text)
  }

  @Test(
    arguments: [
      ("a.txt", "a.txt"), ("a b.tar.gz", "a b.tar.gz"), ("ü€.txt", "ü€.txt"),
      ("/etc/passwd", "passwd"), ("../../a", "a"), ("a/../b", "b"), ("a\\b\\c", "c"),
      ("C:\\dir\\file.txt", "file.txt"), ("a/b\\c", "c"), ("a\\b/c", "c"),
      (".bashrc", "bashrc"), ("...a", "a"), (". .a", "a"), (" a ", "a "),
      ("a\u{0}b\r\n\u{7f}\u{85}c", "abc"), ("a\u{0}/b", "b"),
      ("", nil), (".", nil), ("..", nil), ("/", nil), ("a/", nil), ("a/..", nil), ("\u{0}", nil),
      (" ", nil), ("..\\", nil),
    ] as [(String, String?)])
  func safeNamesLeadToNoOtherPlace(filename: String, expected: String?) {
    let disposition = ContentDisposition(type: "form-data", filename: filename)
    #expect(disposition?.safeFilename == expected)
  }

  @Test func safeNamesAreAsShortAsFileSystemsTake() {
    let disposition = ContentDisposition(
      type: "form-data", filename: String(repeating: "€", count: 100))
    #expect(disposition?.safeFilename == String(repeating: "€", count: 85))
    #expect(ContentDisposition(type: "form-data")?.safeFilename == nil)
  }
}
