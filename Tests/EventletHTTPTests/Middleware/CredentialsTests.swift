import Testing

@testable import EventletHTTP

/// What a value is read as; nil if it is malformed.
private func read(_ text: String) -> [String?]? {
  Credentials(parsing: text).map { credentials in
    [credentials.scheme, credentials.token]
      + credentials.parameters.map { "\($0.name)=\($0.value)" }
  }
}

// RFC 9110, 11.4.
@Test(
  arguments: [
    ("Bearer abc", ["bearer", "abc"]), ("BEARER   a-._~+/==", ["bearer", "a-._~+/=="]),
    ("Negotiate", ["negotiate", nil]), ("Negotiate  ", ["negotiate", nil]), ("x a=", ["x", "a="]),
    ("Digest a=1", ["digest", nil, "a=1"]),
    (
      #"Digest username="Mufasa", URI="/a?b=\"c\",d" , qop=auth,nc=00000001"#,
      ["digest", nil, "username=Mufasa", #"uri=/a?b="c",d"#, "qop=auth", "nc=00000001"]
    ),
    ("Digest ,, a = 1 ,\tb=\"\",", ["digest", nil, "a=1", "b="]),
    ("Digest a=1, a=2", ["digest", nil, "a=1", "a=2"]),
    ("", nil), (" Bearer a", nil), ("Bearer a b", nil), ("Bearer a, b", nil), ("Bearer ü", nil),
    ("Digest a=1 b=2", nil), ("Digest a=\"1", nil), ("Digest a=\"1\"2", nil), ("Digest =1", nil),
    ("Basic eA==, Basic eA==", nil), ("(x) a", nil),
  ] as [(String, [String?]?)])
func credentialsAreTakenApart(text: String, expected: [String?]?) {
  #expect(read(text) == expected)
}

@Test func aParameterIsFoundInWhateverCase() {
  let credentials = Credentials(parsing: "Digest Nonce=1, nonce=2")
  #expect(credentials?["NONCE"] == "1")
  #expect(credentials?["realm"] == nil)
}

// RFC 7617, 2.
@Test(
  arguments: [
    (Array("a:b".utf8), "a", "b"), (Array("a:".utf8), "a", ""), (Array(":b".utf8), "", "b"),
    (Array(":".utf8), "", ""), (Array("a:b:c".utf8), "a", "b:c"),
    (Array("é: ü ".utf8), "é", " ü "), (Array("ab".utf8), nil, nil), ([], nil, nil),
    ([0x61, 0x3A, 0xFF], nil, nil), (Array("a:b\n".utf8), nil, nil),
    (Array("a\0:b".utf8), nil, nil), (Array("a:\u{7F}".utf8), nil, nil),
  ] as [([UInt8], String?, String?)])
func nameAndPasswordAreTakenApart(bytes: [UInt8], user: String?, password: String?) {
  let pair = Credentials(parsing: "Basic " + Base64.encode(bytes))?.userAndPassword
  #expect(pair?.user == user)
  #expect(pair?.password == password)
}

@Test func otherSchemesHaveNoPassword() {
  let word = Base64.encode(Array("a:b".utf8))
  #expect(Credentials(parsing: "basic \(word)")?.userAndPassword?.user == "a")
  #expect(Credentials(parsing: "Bearer \(word)")?.userAndPassword == nil)
  #expect(Credentials(parsing: "Basic")?.userAndPassword == nil)
  #expect(Credentials(parsing: "Basic a=\"b\"")?.userAndPassword == nil)
}
