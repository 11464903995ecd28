import EventletHTTP
import HTTPTypes
import Testing

@Suite struct MultipartParserTests {
  @Test(arguments: MultipartCase.all)
  func bodiesAreTakenApartHoweverTheyArrive(body: MultipartCase) {
    Parsed.everyWay(body.body) { parsed, way in
      #expect(parsed.parts == body.parts, "\(way): \(parsed)")
      #expect(parsed.hasEnded, "\(way)")
      #expect(parsed.error == nil, "\(way)")
    }
  }

  @Test func boundariesOfAllKindsAreFound() {
    for boundary in ["-", "--", "*****", "a b", "'()+_,-./:=?", String(repeating: "x", count: 70)] {
      let text = lines(
        "--\(boundary)", "", "x--\(boundary)", "--\(boundary.dropLast())", "-", "--\(boundary)--")
      let content = Array("x--\(boundary)\r\n--\(boundary.dropLast())\r\n-".utf8)
      Parsed.everyWay(text, boundary: boundary) { parsed, way in
        // That it is found in the second line too is right for the boundary of hyphens alone.
        let isHyphens = boundary.allSatisfy { $0 == "-" }
        #expect(isHyphens || parsed.parts.map(\.content) == [content], "\(way): \(parsed)")
        #expect(isHyphens || parsed.error == nil, "\(way)")
      }
    }
  }

  @Test(arguments: [
    "", " ", "a ", "a\r", "a\n", "\r\n", "a\0", "a\tb", "ü", String(repeating: "x", count: 71),
  ])
  func nothingElseIsABoundary(boundary: String) {
    #expect(throws: FormError.invalidBoundary(boundary)) {
      try MultipartParser(boundary: boundary)
    }
  }

  @Test(
    arguments: [
      ("--b-", .malformedBoundaryLine), ("--b-x--", .malformedBoundaryLine),
      ("--bc\r\n", .malformedBoundaryLine), ("--b x\r\n", .malformedBoundaryLine),
      ("--b \r\r\n", .malformedBoundaryLine), ("--b\n", .malformedBoundaryLine),
      ("--b --", .malformedBoundaryLine), ("--b\rx", .malformedBoundaryLine),
      ("--b\r\nA: 1\n\r\n", .malformedField("A: 1")), ("--b\r\n\n", .malformedField("")),
      ("--b\r\nA\r\n", .malformedField("A")), ("--b\r\nA : 1\r\n", .malformedField("A : 1")),
      ("--b\r\n: 1\r\n", .malformedField(": 1")),
      ("--b\r\n:path: 1\r\n", .malformedField(":path: 1")),
      ("--b\r\nA: 1\r\n b\r\n", .malformedField(" b")),
      ("--b\r\nA: \0\r\n", .malformedField("A: ")),
      ("--b\r\nA: 1\r2\r\n", .malformedField("A: 12")),
      ("--b\r\nÄ: 1\r\n", .malformedField("Ä: 1")),
      ("--b\r\nA B: 1\r\n", .malformedField("A B: 1")), ("--b\r\n--b\r\n", .malformedField("--b")),
      ("--b\r\n--b--\r\n", .malformedField("--b--")),
      ("--b\r\nA: \u{7f}\r\n", .malformedField("A: ")),
    ] as [(String, FormError)])
  func whatIsMalformedIsAnError(text: String, error: FormError) {
    // Also behind a part, and whatever follows.
    for (before, count) in [("", 0), ("--b\r\n\r\nx\r\n", 1)] {
      Parsed.everyWay(Array((before + text + "\r\n\r\nx\r\n--b--").utf8)) { parsed, way in
        // The last byte of the line decides in some cases.
        let matches =
          parsed.error == error || text.hasSuffix("-") && parsed.error == .malformedBoundaryLine
        #expect(matches, "\(way): \(parsed)")
        #expect(parsed.parts.count == count, "\(way): \(parsed)")
      }
    }
  }

  @Test(arguments: MultipartCase.all)
  func aBodyThatIsCutOffIsAnError(body: MultipartCase) throws {
    // The first that ends it: nothing is asked of what stands behind.
    let bytes = body.body
    let count = try #require(
      (0...bytes.count).first { bytes[..<$0].suffix(5).elementsEqual("--b--".utf8) })
    for length in 0..<count {
      let byteByByte = bytes[..<length].indices.map { bytes[$0...$0] }
      for parsed in [Parsed([bytes[..<length]]), Parsed(byteByByte)] {
        #expect(parsed.error == FormError.truncated, "\(length): \(parsed)")
        #expect(!parsed.hasEnded)
      }
    }
    #expect(Parsed([bytes[..<count]]).hasEnded)
  }

  @Test func contentComesOutAsSoonAsItCannotBeTheBoundary() throws {
    var parser = try MultipartParser(boundary: "b")
    var parsed = Parsed([])
    for (piece, content) in [
      ("--b\r\n\r\nabc", "abc"), ("d\r", "abcd"), ("\n", "abcd"), ("--", "abcd"),
      ("x", "abcd\r\n--x"), ("\r\n-", "abcd\r\n--x"), ("\r", "abcd\r\n--x\r\n-"),
    ] {
      parser.feed(Array(piece.utf8))
      try parsed.take(from: &parser)
      #expect(parsed.parts.last?.content == Array(content.utf8))
    }
  }

  @Test func theEndComesAgain() throws {
    var parser = try MultipartParser(boundary: "b")
    parser.feed(lines("--b--", ""))
    for _ in 0..<3 {
      #expect(try parser.next() == .end)
      parser.feed(lines("--b", "", "more"))
    }
    try parser.finish()
  }

  @Test func anErrorComesAgain() throws {
    var parser = try MultipartParser(boundary: "b")
    parser.feed(lines("--b", "x", ""))
    for _ in 0..<3 {
      #expect(throws: FormError.malformedField("x")) { try parser.next() }
      #expect(throws: FormError.malformedField("x")) { try parser.finish() }
      parser.feed(lines("--b--"))
    }
  }

  @Test func theNumberOfPartsIsLimited() {
    var limits = MultipartParser.Limits()
    limits.maxPartCount = 2
    let two = lines("--b", "", "x", "--b", "", "y", "--b--")
    let three = lines("--b", "", "x", "--b", "", "y", "--b", "", "z", "--b--")
    Parsed.everyWay(two, limits: limits) { parsed, way in
      #expect(parsed.parts.count == 2 && parsed.error == nil, "\(way): \(parsed)")
    }
    Parsed.everyWay(three, limits: limits) { parsed, way in
      #expect(parsed.parts.count == 2, "\(way): \(parsed)")
      #expect(parsed.error == .tooManyParts(limit: 2), "\(way): \(parsed)")
    }
  }

  @Test(arguments: [
    // Ten bytes, and eleven.
    (lines("--b", "A: 1", "B:", "", "x"), lines("--b", "A: 1", "B:2", "", "x")),
    (lines("--b  ", "A:", "B:", "", "x"), lines("--b   ", "A:", "B:", "", "x")),
    (lines("--b          ", "", "x"), lines("--b           ", "", "x")),
    // A line that never ends.
    (lines("--b", "A: 1234", "", "x"), lines("--b", "A: 12345678901234567890")),
  ])
  func whatGoesBeforeTheContentIsLimited(enough: [UInt8], tooMuch: [UInt8]) {
    var limits = MultipartParser.Limits()
    limits.maxPartFieldsSize = 10
    Parsed.everyWay(enough + lines("", "--b--"), limits: limits) { parsed, way in
      #expect(parsed.parts.count == 1 && parsed.error == nil, "\(way): \(parsed)")
    }
    // Once more: it is of each part.
    Parsed.everyWay(enough + lines("", "") + tooMuch, limits: limits) { parsed, way in
      #expect(parsed.error == .partFieldsTooLarge(limit: 10), "\(way): \(parsed)")
      #expect(parsed.parts.count == 1, "\(way): \(parsed)")
    }
  }

  @Test func smallestFieldsFillNoMoreThanThereIsRoomFor() {
    var limits = MultipartParser.Limits()
    limits.maxPartFieldsSize = 131_072
    let field = Array("a:\r\n".utf8)
    let fields = Array(repeatElement(field, count: 32_768).joined())
    let parsed = Parsed(
      [lines("--b", "")[...], fields[...], lines("", "x", "--b--")[...]], limits: limits)
    #expect(parsed.parts.first?.fields.count == 32_768)
    #expect(parsed.error == nil)
  }

  @Test func moreThanThatEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var limits = MultipartParser.Limits()
      limits.maxPartFieldsSize = 131_073
      _ = try MultipartParser(boundary: "b", limits: limits)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("maxPartFieldsSize 131073 is over 131072"), "\(output)")
  }
}
