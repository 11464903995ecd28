import EventletHTTP
import Testing

@Suite struct PercentCodingTests {
  @Test(
    arguments: [
      (.anywhere, "azAZ09-._~", "azAZ09-._~"),
      (.anywhere, "a b/c?d=e&f+g%", "a%20b%2Fc%3Fd%3De%26f%2Bg%25"),
      (.anywhere, "ü€𝄞\u{0}\r\n", "%C3%BC%E2%82%AC%F0%9D%84%9E%00%0D%0A"),
      (.pathSegment, "a:b@c!$&'()*+,;=-._~", "a:b@c!$&'()*+,;=-._~"),
      (.pathSegment, "a/b?c#d[e]%", "a%2Fb%3Fc%23d%5Be%5D%25"),
      (.query, "a=1&b=/x?y+z", "a=1&b=/x?y+z"),
      (.query, "a b#c\"<>", "a%20b%23c%22%3C%3E"),
      (.form, "a b+c*d-e.f_g~h", "a+b%2Bc*d-e.f_g%7Eh"),
      (.form, "x=1&y", "x%3D1%26y"),
      (.extendedParameter, "a'b(c)*%\"é", "a%27b%28c%29%2A%25%22%C3%A9"),
      (.anywhere, "", ""),
    ] as [(PercentCoding.Place, String, String)])
  func eachPlaceKeepsItsCharacters(place: PercentCoding.Place, text: String, expected: String) {
    #expect(text.percentEncoded(for: place) == expected)
  }

  @Test(arguments: [
    PercentCoding.Place.anywhere, .pathSegment, .query, .form, .extendedParameter,
  ])
  func allBytesComeBack(place: PercentCoding.Place) throws {
    let bytes = Array(UInt8.min...UInt8.max)
    let encoded = PercentCoding.encode(bytes, for: place)
    // Nothing that ends a line or a URL, and nothing but ASCII.
    #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
    #expect(!encoded.contains("#") || place == .extendedParameter)
    // A whole query keeps its plus signs, and so must not be read as a form.
    let plusIsSpace = place == .form
    #expect(PercentCoding.decode(encoded, plusIsSpace: plusIsSpace) == bytes)
    #expect(try PercentCoding.decodeStrictly(encoded, plusIsSpace: plusIsSpace) == bytes)
    let lower = encoded.lowercased()
    #expect(PercentCoding.decode(lower, plusIsSpace: plusIsSpace).count == bytes.count)
  }

  // Eventlet: W19
  @Test(
    arguments: [
      ("/a*b@%40%233", "/a*b@@#3"),
      ("%c3%bC", "ü"),
      ("%FF%41%c3", "\u{fffd}A\u{fffd}"),
      ("a+b", "a+b"),
      ("%2541", "%41"),
      ("%", "%"), ("%4", "%4"), ("%4g1", "%4g1"), ("%%41", "%A"), ("%u0041", "%u0041"),
      ("%+1%-1% 1", "%+1%-1% 1"),
      ("a%00b", "a\u{0}b"),
      ("ü%41", "üA"),
      ("", ""),
    ])
  func lenientDecodingTakesEverything(text: String, expected: String) {
    #expect(text.percentDecoded() == expected)
    #expect(text[...].percentDecoded() == expected)
  }

  @Test(
    arguments: [
      ("%", 0), ("ab%", 2), ("%4", 0), ("%41%4", 3), ("%4g", 0), ("%%41", 0), ("ü%x1", 2),
      ("%+1", 0),
    ])
  func strictDecodingSaysWhereItIsMalformed(text: String, offset: Int) {
    #expect(throws: PercentCodingError.malformed(offset: offset)) {
      try PercentCoding.decodeStrictly(text)
    }
    #expect(throws: PercentCodingError.malformed(offset: offset)) {
      try text.percentDecodedStrictly()
    }
  }

  @Test func strictDecodingToTextRefusesOtherBytes() throws {
    #expect(try "%C3%BC+".percentDecodedStrictly() == "ü+")
    for text in ["%FF", "%C3", "%ED%A0%80", "%C0%AF"] {
      #expect(throws: PercentCodingError.notUTF8) { try text.percentDecodedStrictly() }
      #expect(throws: Never.self) { try PercentCoding.decodeStrictly(text) }
    }
  }

  @Test func plusIsASpaceOnlyWhereThatIsAskedFor() throws {
    #expect(PercentCoding.decode("a+b%2B", plusIsSpace: true) == Array("a b+".utf8))
    #expect(PercentCoding.decode("a+b%2B") == Array("a+b+".utf8))
    #expect(try PercentCoding.decodeStrictly("a+b%2B", plusIsSpace: true) == Array("a b+".utf8))
  }

  @Test func errorsSayWhatAndWhy() {
    #expect(
      "\(PercentCodingError.malformed(offset: 3))" == "percent-encoded text: malformed at byte 3")
    #expect("\(PercentCodingError.notUTF8)" == "percent-encoded text: not UTF-8")
  }
}
