import Testing

@testable import EventletHTTP

// RFC 4648, 10.
@Test(arguments: [
  ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
  ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
])
func base64OfTheStandard(plain: String, encoded: String) {
  #expect(Base64.encode(Array(plain.utf8)) == encoded)
  #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
}

@Test func everyByteAndLengthSurvives() {
  let bytes = (0...255).map { UInt8($0) } + (0...255).reversed().map { UInt8($0) }
  for start in 0...255 {
    for count in 0...7 {
      let part = Array(bytes[start..<start + count])
      #expect(Base64.decode(Base64.encode(part).utf8) == part)
    }
  }
  #expect(Base64.encode([0xFB, 0xEF, 0xBE, 0xFF]) == "++++/w==")
}

@Test(arguments: [
  "Z", "Zg", "Zg=", "Zm8", "Zg===", "====", "=", "==", "Z===", "=Zg=", "Zg==Zg==", "Zm9v=", "Zm=v",
  "Zh==", "Zm9=", "Zm9 ", " Zm9v", "Zm9\n", "Zm9v\r\n", "Zm-v", "Zm_v", "Zmé", "Z\0==",
])
func otherFormsOfBase64AreRefused(text: String) { #expect(Base64.decode(text.utf8) == nil) }
