/// Which bytes may stand where (RFC 9110, 5.5 and 5.6.2; RFC 9112, 2.2 and 3.2).
enum ByteClass {
  static let carriageReturn = UInt8(ascii: "\r")
  static let lineFeed = UInt8(ascii: "\n")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let colon = UInt8(ascii: ":")

  /// For each byte a letter, whose lowest bits tell where it may stand: 1 in a token, 2 in the name of
  /// a host, 4 in a target.
  ///
  /// A literal, for its bytes are in the program: of an array each use would ask whether it is there
  /// yet. The first rows are controls, digits, and letters.
  private static var table: StaticString {
    """
    @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
    @GDAGEGGFFGGFGGDGGGGGGGGGGDFDFDD\
    DGGGGGGGGGGGGGGGGGGGGGGGGGGDDDEG\
    EGGGGGGGGGGGGGGGGGGGGGGGGGGDEDG@\
    DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD\
    DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD\
    DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD\
    DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD
    """
  }

  /// `!#$%&'*+-.^_`|~`, digits and letters: names of methods and fields.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool { table.utf8Start[Int(byte)] & 1 != 0 }

  /// `-._~!$&'()*+,;=`, digits and letters: `unreserved` and `sub-delims` of RFC 3986 (2.2 and 2.3),
  /// of which names of hosts consist.
  @inline(__always)
  static func isInHostName(_ byte: UInt8) -> Bool { table.utf8Start[Int(byte)] & 2 != 0 }

  /// What may stand in a request's target: all but controls, the space, and the `#` of a fragment,
  /// which stays with the client (RFC 9110, 7.1).
  ///
  /// Of the rest, some must not stand in a URI; but browsers send it.
  @inline(__always)
  static func isInTarget(_ byte: UInt8) -> Bool { table.utf8Start[Int(byte)] & 4 != 0 }

  /// What must not stand in a field's value: controls but for the tab.
  @inline(__always)
  static func isForbiddenInValue(_ byte: UInt8) -> Bool {
    (byte < 0x20 && byte != tab) || byte == 0x7F
  }

  @inline(__always)
  static func isLineEnd(_ byte: UInt8) -> Bool { byte == carriageReturn || byte == lineFeed }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  /// 0...15, or nil if it is no hexadecimal digit.
  @inline(__always)
  static func hexadecimalValue(_ byte: UInt8) -> Int? {
    let digit = byte &- UInt8(ascii: "0")
    if digit < 10 { return Int(digit) }
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? Int(letter) + 10 : nil
  }

  /// The letter in lower case; any other byte as it is.
  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes are `word` but for the case of letters; `word` is in lower case.
  @inline(__always)
  func equalsIgnoringCase(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    let start = word.utf8Start
    for index in 0..<count where ByteClass.lowercased(self[index]) != start[index] { return false }
    return true
  }

  /// Without spaces and tabs at both ends (OWS of RFC 9110, 5.6.3).
  @inline(__always)
  var trimmed: UnsafeRawBufferPointer {
    var start = 0
    var end = count
    while start < end, self[start] == ByteClass.space || self[start] == ByteClass.tab { start += 1 }
    while end > start, self[end - 1] == ByteClass.space || self[end - 1] == ByteClass.tab {
      end -= 1
    }
    return UnsafeRawBufferPointer(rebasing: self[start..<end])
  }

  /// The members of a comma-separated list, trimmed; empty ones are left out (RFC 9110, 5.6.1).
  func forEachListMember(_ body: (UnsafeRawBufferPointer) -> Void) {
    var start = 0
    while start <= count {
      var end = start
      while end < count, self[end] != UInt8(ascii: ",") { end += 1 }
      let member = UnsafeRawBufferPointer(rebasing: self[start..<end]).trimmed
      if !member.isEmpty { body(member) }
      start = end + 1
    }
  }
}
