extension HTTPDate {
  /// Reads the date of a cookie, which servers write in many ways: RFC 6265, section 5.1.1.
  ///
  /// Day, month, year and time may come in any order, with anything in between.
  init?(parsingCookie text: String) {
    var (day, month, year): (Int?, Int?, Int?)
    var time: (hour: Int, minute: Int, second: Int)?
    for word in text.utf8.split(whereSeparator: Self.isDelimiter) {
      if time == nil, let found = Self.time(word) {
        time = found
      } else if day == nil, let found = Self.number(word, digits: 1...2) {
        day = found
      } else if month == nil, let found = Self.month(word) {
        month = found
      } else if year == nil, let found = Self.number(word, digits: 2...4) {
        year = found
      }
    }
    guard let day, let month, var year, let time else { return nil }
    if (70...99).contains(year) { year += 1900 } else if year < 70 { year += 2000 }
    guard year >= 1601, time.second <= 59 else { return nil }
    self.init(
      day: CalendarDay(year: year, month: month, day: day), hour: time.hour, minute: time.minute,
      second: time.second)
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x09, 0x20...0x2f, 0x3b...0x40, 0x5b...0x60, 0x7b...0x7e: true
    default: false
    }
  }

  /// Three numbers between colons, and perhaps something else behind them.
  private static func time(
    _ word: Substring.UTF8View
  ) -> (hour: Int, minute: Int, second: Int)? {
    let parts = word.split(
      separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = number(parts[0], digits: 1...2, mayGoOn: false),
      let minute = number(parts[1], digits: 1...2, mayGoOn: false),
      let second = number(parts[2], digits: 1...2)
    else { return nil }
    return (hour, minute, second)
  }

  /// So many digits, and perhaps something else behind them.
  private static func number(
    _ word: Substring.UTF8View, digits range: ClosedRange<Int>, mayGoOn: Bool = true
  ) -> Int? {
    let digits = word.prefix(while: ByteClass.isDigit)
    guard range.contains(digits.count), mayGoOn || digits.count == word.count else { return nil }
    return Int(Substring(digits))
  }

  /// The first three letters count.
  private static func month(_ word: Substring.UTF8View) -> Int? {
    let letters = String(decoding: word.prefix(3), as: UTF8.self)
    return months.firstIndex { $0.equalsIgnoringASCIICase(letters) }.map { $0 + 1 }
  }
}
