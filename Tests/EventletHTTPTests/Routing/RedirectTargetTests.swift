import Testing

@testable import EventletHTTP

@Test func whatMayNotStandInALocationIsEncoded() {
  let allowed = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?".utf8)
  for byte in UInt8.min...UInt8.max {
    let text = withUnsafeBytes(of: byte) { RedirectTarget.text(of: $0) }
    if allowed.contains(byte) {
      #expect(Array(text.utf8) == [byte])
    } else {
      let digits = String(byte, radix: 16, uppercase: true)
      #expect(text == (byte < 16 ? "%0" : "%") + digits)
    }
  }
}

@Test(arguments: [
  ("", ""), ("/a%2fb", "/a%2fb"), ("%", "%25"), ("%2", "%252"), ("%2x", "%252x"),
  ("%%41", "%25%41"), ("%41%", "%41%25"), ("/\\host/", "/%5Chost/"), ("/é", "/%C3%A9"),
])
func escapesStayAsTheyAre(sent: String, text: String) {
  let bytes = Array(sent.utf8)
  #expect(bytes.withUnsafeBytes { RedirectTarget.text(of: $0) } == text)
}
