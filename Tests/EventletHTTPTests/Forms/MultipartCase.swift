import Testing

/// A body, and the parts it consists of.
struct MultipartCase: CustomTestStringConvertible {
  let testDescription: String
  let body: [UInt8]
  let parts: [Parsed.Part]

  init(_ name: String, _ body: [UInt8], _ parts: ([String], String)...) {
    testDescription = name
    self.body = body
    self.parts = parts.map { fields, content in
      Parsed.Part(fields: fields, content: Array(content.utf8), isEnded: true)
    }
  }

  static let all = [
    MultipartCase(
      "one part", lines("--b", "A: 1", "", "content", "--b--", ""),
      (["A: 1"], "content")),
    MultipartCase(
      "two parts", lines("--b", "A: 1", "", "x", "--b", "B: 2", "", "y", "--b--"),
      (["A: 1"], "x"), (["B: 2"], "y")),
    MultipartCase("no part", lines("--b--")),
    MultipartCase(
      "preamble and epilogue",
      lines("one", "--c", " --b", "--b", "", "x", "--b--", "--b", "A: 1", "", ""),
      ([], "x")),
    MultipartCase(
      "preamble of an empty line", lines("", "--b", "", "x", "--b--"),
      ([], "x")),
    MultipartCase(
      "spaces behind the boundary", lines("--b \t ", "", "x", "--b\t", "", "--b--"),
      ([], "x"), ([], "")),
    MultipartCase(
      "anything behind the last boundary", lines("--b", "", "x", "--b--b"),
      ([], "x")),
    MultipartCase(
      "no content", lines("--b", "A: 1", "", "", "--b", "", "", "--b--"),
      (["A: 1"], ""), ([], "")),
    // RFC 2046, section 5.1.1: the empty line belongs to the content, which may be missing.
    MultipartCase(
      "no content and no line for it", lines("--b", "A: 1", "", "--b", "", "--b--"),
      (["A: 1"], ""), ([], "")),
    MultipartCase(
      "content of ends of lines",
      lines("--b", "", "", "", "\r\r", "\n\n", "", "--b--"),
      ([], "\r\n\r\n\r\r\r\n\n\n\r\n")),
    MultipartCase(
      "content that is almost the boundary",
      lines(
        "--b", "", "-", "--", "--c", "-b", "\r", "--", "x--b\n--b\r--b", " --b", "--b--"),
      ([], "-\r\n--\r\n--c\r\n-b\r\n\r\r\n--\r\nx--b\n--b\r--b\r\n --b")),
    MultipartCase(
      "content that begins as the boundary",
      lines("--b", "A: 1", "", "--c", "--b", "", "-", "--b--"),
      (["A: 1"], "--c"), ([], "-")),
    MultipartCase(
      "fields",
      lines(
        "--b", "Content-Type:text/plain", "X-Empty:", "x-B: \t a  b \t", "!#$%&'*+-.^_`|~0: \u{fc}",
        "", "x", "--b--"),
      (
        ["Content-Type: text/plain", "X-Empty: ", "x-B: a  b", "!#$%&'*+-.^_`|~0: \u{fc}"], "x"
      )),
  ]
}
