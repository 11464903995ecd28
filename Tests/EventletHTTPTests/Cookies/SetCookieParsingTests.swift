import EventletHTTP
import Testing

@Suite struct SetCookieParsingTests {
  @Test(
    arguments: [
      ("a=1", "a", "1"),
      (" a = 1 ", "a", "1"),
      ("a=", "a", ""),
      ("a=b=c", "a", "b=c"),
      // As they are: a client only keeps them.
      ("a=\"quoted\"", "a", "\"quoted\""),
      ("a=x y, z", "a", "x y, z"),
      ("a b=1", "a b", "1"),
      ("ü=€", "ü", "€"),
      ("a=1;", "a", "1"), ("a=1;;=;Unknown;Other=1", "a", "1"),
    ])
  func whatIsLikeACookieIsOne(text: String, name: String, value: String) throws {
    let cookie = try #require(SetCookie(parsing: text))
    #expect(cookie.name == name)
    #expect(cookie.value == value)
    // Even so nothing in it becomes an attribute.
    #expect("\(cookie)" == "\(name)=\(value)")
  }

  @Test(
    arguments: [
      "", "a", "=1", " =1", ";", "; a=1", "a=1\r\n", "a=1\0", "a=\u{7f}", "a=1; Path=/\n",
      "__Secure-a=1", "__secure-a=1; Path=/", "__Host-a=1; Secure", "__Host-a=1; Path=/",
      "__Host-a=1; Secure; Path=/x", "__Host-a=1; Secure; Path=/; Domain=example.org",
      "a=" + String(repeating: "x", count: 4096),
    ])
  func whatClientsIgnoreIsNone(text: String) {
    #expect(SetCookie(parsing: text) == nil)
  }

  @Test func prefixesThatAreKeptToAreTaken() {
    #expect(SetCookie(parsing: "__Secure-a=1; Secure")?.isSecure == true)
    #expect(SetCookie(parsing: "__Host-a=1; Secure; Path=/")?.path == "/")
    #expect(SetCookie(parsing: "a=" + String(repeating: "x", count: 4095)) != nil)
  }

  @Test func attributesAreReadInWhateverCase() throws {
    let cookie = try #require(
      SetCookie(
        parsing: "a=1; EXPIRES=Sun, 06 Nov 1994 08:49:37 GMT;max-age=60;dOmain = .Example.ORG ; "
          + "path=/x y;SECURE;httponly=ignored;samesite=STRICT;partitioned"))
    #expect(cookie.expires?.secondsSinceEpoch == 784_111_777)
    #expect(cookie.maxAge == .seconds(60))
    #expect(cookie.domain == "example.org")
    #expect(cookie.path == "/x y")
    #expect(cookie.isSecure && cookie.isHTTPOnly && cookie.isPartitioned)
    #expect(cookie.sameSite == .strict)
  }

  @Test func theLastOfAnAttributeCounts() throws {
    let cookie = try #require(
      SetCookie(parsing: "a=1; Path=/x; Path=/y; Domain=a.example; Domain=b.example; SameSite=Lax"))
    #expect(cookie.path == "/y")
    #expect(cookie.domain == "b.example")
    #expect(cookie.sameSite == .lax)
    #expect(SetCookie(parsing: "a=1; Path=/x; Path=y")?.path == .some(nil))
  }

  @Test(
    arguments: [
      ("60", .seconds(60)), ("0", .zero), ("-60", .zero), ("060", .seconds(60)),
      ("99999999999999999999", .seconds(Int32.max)),
      ("", nil), ("-", nil), ("+60", nil), ("60s", nil), ("6 0", nil), ("1e3", nil),
    ] as [(String, Duration?)])
  func maxAgeIsANumber(text: String, expected: Duration?) throws {
    #expect(try #require(SetCookie(parsing: "a=1; Max-Age=\(text)")).maxAge == expected)
  }

  @Test func whatIsMalformedOrTooLongIsIgnored() throws {
    let long = String(repeating: "x", count: 1025)
    let cookie = try #require(
      SetCookie(
        parsing: "a=1; Expires=soon; Max-Age=x; Domain=; Path=x; SameSite=Maybe; Domain=\(long)"))
    #expect("\(cookie)" == "a=1")
    #expect(SetCookie(parsing: "a=1; Path=/\(long.dropLast(2))")?.path?.count == 1024)
  }

  // RFC 6265, section 5.1.1.
  @Test(
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
      ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
      ("Sun Nov  6 08:49:37 1994", 784_111_777),
      ("06-Nov-1994 08:49:37", 784_111_777),
      ("1994 november 6 8:49:37", 784_111_777),
      ("8:49:37 6 NOV 94", 784_111_777),
      ("Sun, 06 Nov 1994 08:49:37x", 784_111_777),
      ("Sat, 01-Jan-00 00:00:00 GMT", 946_684_800),
      ("01 Jan 69 00:00:00", 3_124_224_000),
      ("01 Jan 70 00:00:00", 0),
      ("", nil), ("06 Nov 1994", nil), ("06 1994 08:49:37", nil), ("Nov 1994 08:49:37", nil),
      ("06 Nov 08:49:37", nil), ("31 Nov 1994 08:49:37", nil), ("06 Nov 1994 24:49:37", nil),
      ("06 Nov 1994 08:49:60", nil), ("06 Nov 1600 08:49:37", nil), ("06 Nov 1994 08:49", nil),
      ("06 Nov 1994 08:49x:37", nil), ("06 Nov 1994 008:49:37", nil), ("0 Nov 1994 08:49:37", nil),
      ("06 Nov 19944 08:49:37", nil),
    ] as [(String, Int?)])
  func datesAreReadAsClientsDo(text: String, second: Int?) throws {
    let cookie = try #require(SetCookie(parsing: "a=1; Expires=\(text)"))
    #expect(cookie.expires?.secondsSinceEpoch == second)
  }
}
