import EventletHTTP
import HTTPTypes
import Testing

@Suite struct SetCookieTests {
  @Test func allAttributesAreWritten() throws {
    let cookie = try SetCookie(
      name: "__Secure-a", value: "b", expires: HTTPDate(secondsSinceEpoch: 0),
      maxAge: .milliseconds(3_600_999), domain: "example.org", path: "/x", isSecure: true,
      isHTTPOnly: true, sameSite: .unrestricted, isPartitioned: true)
    let text =
      "__Secure-a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=3600; Domain=example.org; "
      + "Path=/x; Secure; HttpOnly; SameSite=None; Partitioned"
    #expect("\(cookie)" == text)
    #expect(cookie.field == HTTPField(name: .setCookie, value: text))
    #expect(SetCookie(parsing: text) == cookie)
  }

  @Test func withoutAttributesThereAreNone() throws {
    #expect("\(try SetCookie(name: "a", value: ""))" == "a=")
    #expect("\(try SetCookie(name: "a", value: "\"b\""))" == "a=\"b\"")
    #expect("\(try SetCookie(name: "a", value: "b", sameSite: .lax))" == "a=b; SameSite=Lax")
    #expect("\(try SetCookie(name: "a", value: "b", sameSite: .strict))" == "a=b; SameSite=Strict")
    #expect("\(try SetCookie(name: "a", value: "b", maxAge: .seconds(-1)))" == "a=b; Max-Age=-1")
  }

  @Test(arguments: ["", "a b", "a;b", "a=b", "a\r\nb", "a\0", "ü", "a,b", "\"a\"", "a/b", "a\t"])
  func aNameIsAWord(name: String) {
    #expect(throws: CookieError.invalidName(name)) { try SetCookie(name: name, value: "") }
  }

  @Test(
    arguments: [
      "a b", "a;b", "a; Secure", "a,b", "a\\b", "a\"b", "\"", "\"a", "a\"", "\"a;b\"", "\"a\"b\"",
      "a\r\nSet-Cookie: x=y", "a\n", "a\r", "a\0b", "a\u{7f}", "ü", "a\tb",
    ])
  func aValueHasVisibleCharacters(value: String) {
    #expect(throws: CookieError.invalidValue(name: "a")) { try SetCookie(name: "a", value: value) }
  }

  @Test func everyCharacterThatIsTakenIsSentAndReadBack() throws {
    for byte in UInt8.min...UInt8.max {
      let value = "x" + String(decoding: [byte], as: UTF8.self) + "y"
      guard let cookie = try? SetCookie(name: "a", value: value) else { continue }
      #expect(HTTPField.isValidValue("\(cookie)"))
      #expect(SetCookie(parsing: "\(cookie)") == cookie)
      #expect(Cookies(parsing: "a=\(cookie.value)").first?.value == value)
    }
    // RFC 6265, section 4.1.1: 94 visible characters but for four.
    let taken = (UInt8.min...UInt8.max).filter {
      (try? SetCookie(name: "a", value: String(decoding: [$0], as: UTF8.self))) != nil
    }
    #expect(taken.count == 90)
  }

  @Test(arguments: [
    "/a; Domain=evil.example", "/a\r\nX: y", "/a\0", "a", "", " /", "/\u{7f}", "/a\t",
  ])
  func aPathIsOne(path: String) {
    #expect(throws: CookieError.invalidPath(name: "a", path: path)) {
      try SetCookie(name: "a", value: "", path: path)
    }
  }

  @Test(
    arguments: [
      "", ".", "..a", ".a..b", "a..b", "a.", "a b", "a;b", "a; Path=/", "a,b", "a\r\nb",
      "ü.example", "a/b", "a:80", "[::1]",
    ])
  func aDomainIsTheNameOfAHost(domain: String) {
    #expect(throws: CookieError.invalidDomain(name: "a", domain: domain)) {
      try SetCookie(name: "a", value: "", domain: domain)
    }
  }

  @Test(arguments: ["localhost", "example.org", ".example.org", "a-b.c_d.Example", "127.0.0.1"])
  func hostsAreDomains(domain: String) throws {
    #expect(try SetCookie(name: "a", value: "", domain: domain).domain == domain)
  }

  @Test func whatClientsWouldIgnoreForItsLengthIsRefused() throws {
    func text(_ count: Int) -> String { String(repeating: "x", count: count) }
    #expect(try SetCookie(name: "abc", value: text(4093)).value.count == 4093)
    #expect(throws: CookieError.tooLong(name: "abc")) {
      try SetCookie(name: "abc", value: text(4094))
    }
    #expect(try SetCookie(name: "a", value: "", path: "/" + text(1023)).path?.count == 1024)
    #expect(throws: CookieError.tooLong(name: "a")) {
      try SetCookie(name: "a", value: "", path: "/" + text(1024))
    }
    #expect(throws: CookieError.tooLong(name: "a")) {
      try SetCookie(name: "a", value: "", domain: text(1025))
    }
  }

  @Test func whatMustBeSecureIsRefusedOtherwise() throws {
    for name in ["__Secure-a", "__secure-a", "__SECURE-", "__Host-a", "__hOST-a"] {
      #expect(throws: CookieError.notSecure(name: name)) {
        try SetCookie(name: name, value: "", path: "/")
      }
      #expect(throws: Never.self) {
        try SetCookie(name: name, value: "", path: "/", isSecure: true)
      }
    }
    #expect(throws: CookieError.notSecure(name: "a")) {
      try SetCookie(name: "a", value: "", sameSite: .unrestricted)
    }
    #expect(throws: CookieError.notSecure(name: "a")) {
      try SetCookie(name: "a", value: "", isPartitioned: true)
    }
    #expect(throws: Never.self) { try SetCookie(name: "__Sec", value: "") }
    #expect(throws: Never.self) { try SetCookie(name: "a__Secure-", value: "") }
  }

  @Test func aCookieOfOneHostHasNoDomainAndTheRootForItsPath() {
    for (domain, path) in [
      (nil, nil), (nil, "/a"), ("example.org", "/"), ("example.org", nil),
    ] as [(String?, String?)] {
      for name in ["__Host-a", "__host-a"] {
        #expect(throws: CookieError.notOfOneHost(name: name)) {
          try SetCookie(name: name, value: "", domain: domain, path: path, isSecure: true)
        }
      }
    }
  }

  @Test func aDeletionHasExpired() throws {
    #expect(
      "\(try SetCookie.deletion(of: "a", domain: "example.org", path: "/x"))"
        == "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Domain=example.org; Path=/x")
    #expect(
      "\(try SetCookie.deletion(of: "__Host-a", path: "/", isSecure: true))"
        == "__Host-a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; Secure")
    #expect(
      "\(try SetCookie.deletion(of: "a", isSecure: true, sameSite: .unrestricted, isPartitioned: true))"
        == "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; SameSite=None; Partitioned"
    )
    #expect(throws: CookieError.notSecure(name: "__Host-a")) {
      try SetCookie.deletion(of: "__Host-a", path: "/")
    }
  }

  @Test func whateverWasSetIsDeletedAsItWas() throws {
    let attributes = [
      "", "; Domain=example.org; Path=/x", "; Secure; HttpOnly; SameSite=None; Partitioned",
      "; HttpOnly; SameSite=Strict",
    ]
    for text in attributes {
      let cookie = try #require(SetCookie(parsing: "a=b; Max-Age=60" + text))
      let expected = "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0" + text
      #expect("\(cookie.deletion)" == expected)
    }
  }

  @Test(
    arguments: [
      (.invalidName("a b"), "cookie 'a b': the name is no token"),
      (.invalidValue(name: "a"), "cookie 'a': a character that no value may have"),
      (.invalidPath(name: "a", path: "b"), "cookie 'a': invalid path 'b'"),
      (.invalidDomain(name: "a", domain: "b;"), "cookie 'a': invalid domain 'b;'"),
      (.tooLong(name: "a"), "cookie 'a': longer than clients take"),
      (.notSecure(name: "a"), "cookie 'a': not secure, as it has to be"),
      (.notOfOneHost(name: "a"), "cookie 'a': '__Host-' has no domain and the path '/'"),
    ] as [(CookieError, String)])
  func errorsSayWhatAndWhy(error: CookieError, text: String) {
    #expect("\(error)" == text)
  }
}
