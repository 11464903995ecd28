import Testing

@testable import EventletHTTP

@Suite struct ByteClassTests {
  private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
  private static let digits = "0123456789"

  private func members(of isMember: (UInt8) -> Bool) -> Set<UInt8> {
    Set((0...UInt8.max).filter(isMember))
  }

  @Test func tokens() {
    // RFC 9110, 5.6.2.
    let expected = Set("!#$%&'*+-.^_`|~\(Self.letters)\(Self.digits)".utf8)
    #expect(members(of: ByteClass.isToken) == expected)
  }

  @Test func namesOfHosts() {
    // RFC 3986, 2.2 and 2.3.
    let expected = Set("-._~!$&'()*+,;=\(Self.letters)\(Self.digits)".utf8)
    #expect(members(of: ByteClass.isInHostName) == expected)
  }

  @Test func values() {
    let expected = Set(0...0x1F as ClosedRange<UInt8>).subtracting([0x09]).union([0x7F])
    #expect(members(of: ByteClass.isForbiddenInValue) == expected)
  }

  @Test func targets() {
    let excluded = Set(0...0x20 as ClosedRange<UInt8>).union([0x23, 0x7F])
    #expect(members { !ByteClass.isInTarget($0) } == excluded)
  }

  @Test func digits() {
    #expect(members(of: ByteClass.isDigit) == Set(Self.digits.utf8))
    #expect(
      members { ByteClass.hexadecimalValue($0) != nil } == Set("\(Self.digits)abcdefABCDEF".utf8))
    for (value, pair) in zip(10..., ["aA", "bB", "cC", "dD", "eE", "fF"]) {
      for digit in pair.utf8 { #expect(ByteClass.hexadecimalValue(digit) == value) }
    }
    for (value, digit) in Self.digits.utf8.enumerated() {
      #expect(ByteClass.hexadecimalValue(digit) == value)
    }
  }

  @Test func cases() {
    for byte in 0...UInt8.max {
      let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      #expect(ByteClass.lowercased(byte) == (isUpper ? byte + 32 : byte))
    }
    bytes("Content-LENGTH").withUnsafeBytes {
      #expect($0.equalsIgnoringCase("content-length"))
      #expect(!$0.equalsIgnoringCase("content-lengt"))
      #expect(!$0.equalsIgnoringCase("content-lengths"))
      #expect(!$0.equalsIgnoringCase("content_length"))
      #expect($0.equals("Content-LENGTH") && !$0.equals("Content-Length"))
      #expect($0.starts(with: "Content") && !$0.starts(with: "content"))
    }
    // A letter that differs by one bit alone is no letter of the other case.
    bytes("\u{0b}[").withUnsafeBytes { #expect(!$0.equalsIgnoringCase("+{")) }
  }

  @Test(arguments: [
    ("", []), (" \t", []), (",,, ,", []), ("a", ["a"]), (" a ,\tb\t,c", ["a", "b", "c"]),
    (",a,,b,", ["a", "b"]), ("a b", ["a b"]), ("\"a,b\"", ["\"a", "b\""]),
  ])
  func listsHaveMembers(text: String, members: [String]) {
    var found: [String] = []
    bytes(text).withUnsafeBytes { bytes in
      bytes.forEachListMember { found.append(String(decoding: $0, as: UTF8.self)) }
    }
    #expect(found == members)
  }
}
