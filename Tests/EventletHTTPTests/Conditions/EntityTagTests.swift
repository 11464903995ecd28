import EventletHTTP
import Testing

@Suite struct EntityTagTests {
  @Test(arguments: [
    ("\"v42\"", "v42", false), ("W/\"v42\"", "v42", true), ("\"\"", "", false),
    ("\"a,b\"", "a,b", false), ("\"a\\\"", "a\\", false), ("\"é\"", "é", false),
    ("\"!#~\"", "!#~", false),
  ])
  func aTagIsRead(text: String, opaqueTag: String, isWeak: Bool) throws {
    let tag = try #require(EntityTag(parsing: text))
    #expect(tag.opaqueTag == opaqueTag)
    #expect(tag.isWeak == isWeak)
    #expect("\(tag)" == text)
    #expect(tag == EntityTag(opaqueTag, isWeak: isWeak))
  }

  @Test(arguments: [
    "", "\"", "v42", "\"v42", "v42\"", "\"v 42\"", "\"v\t\"", "\"a\"b\"", "w/\"v42\"", "W\"v42\"",
    "W/v42", "W/", "W /\"v42\"", "\"v42\" ", " \"v42\"", "\"\u{7f}\"", "\"a\"\"b\"", "*", "'v42'",
  ])
  func otherTextIsNone(text: String) { #expect(EntityTag(parsing: text) == nil) }

  @Test(arguments: ["a b", "a\"b", "\u{7f}", "\0", "\n"])
  func whatCannotBeSentIsNone(opaqueTag: String) { #expect(EntityTag(opaqueTag) == nil) }

  @Test func aLiteralIsStrong() {
    let tag: EntityTag = "v42"
    #expect("\(tag)" == "\"v42\"")
  }

  @Test func aLiteralThatIsNoneTraps() async {
    await #expect(processExitsWith: .failure) { _ = "v 42" as EntityTag }
  }

  /// The table of RFC 9110, section 8.8.3.2.
  @Test(arguments: [
    ("W/\"1\"", "W/\"1\"", false, true), ("W/\"1\"", "W/\"2\"", false, false),
    ("W/\"1\"", "\"1\"", false, true), ("\"1\"", "\"1\"", true, true),
    ("\"1\"", "\"2\"", false, false),
  ])
  func tagsAreCompared(one: String, other: String, strongly: Bool, weakly: Bool) throws {
    let (one, other) = (
      try #require(EntityTag(parsing: one)), try #require(EntityTag(parsing: other))
    )
    #expect(one.matchesStrongly(other) == strongly)
    #expect(other.matchesStrongly(one) == strongly)
    #expect(one.matchesWeakly(other) == weakly)
    #expect(other.matchesWeakly(one) == weakly)
  }
}
