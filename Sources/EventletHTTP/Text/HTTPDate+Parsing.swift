extension HTTPDate {
  /// Reads a date in any of the three forms of RFC 9110, section 5.6.7.
  ///
  /// Such as `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` of RFC 850, and
  /// `Sun Nov  6 08:49:37 1994` of C's `asctime`. Whether the day of the week is right is not
  /// checked.
  /// - Parameters:
  ///   - text: nil comes of anything else, a day that does not exist among it.
  ///   - now: What a year of two digits is read from: none is more than 50 years later. By
  ///     default this second.
  public init?(parsing text: String, now: HTTPDate = .now) {
    var scanner = DateScanner(text)
    guard let date = scanner.readDate(now) else { return nil }
    self = date
  }

  /// nil for a time that does not exist.
  init?(day: CalendarDay?, hour: Int, minute: Int, second: Int) {
    // 60 is a leap second, which counts as the first of the next minute.
    guard let day, hour <= 23, minute <= 59, second <= 60 else { return nil }
    self.init(
      secondsSinceEpoch: day.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second)
  }
}

private struct DateScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  mutating func readDate(_ now: HTTPDate) -> HTTPDate? {
    guard let weekday = readLetters() else { return nil }
    if take(", ") {
      // Both forms have two digits for the day; what comes then tells which it is.
      guard let day = readNumber(2) else { return nil }
      return take("-")
        ? readRFC850(weekday, day, now) : readFixed(weekday, day)
    }
    return readASCTime(weekday)
  }

  private mutating func readFixed(_ weekday: String, _ day: Int) -> HTTPDate? {
    guard HTTPDate.weekdays.contains(weekday), take(" "), let month = readMonth(), take(" "),
      let year = readNumber(4), take(" "), let time = readTime(), take(" GMT"), rest.isEmpty
    else { return nil }
    return HTTPDate(
      day: CalendarDay(year: year, month: month, day: day), hour: time.hour, minute: time.minute,
      second: time.second)
  }

  private static let longWeekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private mutating func readRFC850(
    _ weekday: String, _ day: Int, _ now: HTTPDate
  ) -> HTTPDate? {
    guard Self.longWeekdays.contains(weekday), let month = readMonth(), take("-"),
      let digits = readNumber(2), take(" "), let time = readTime(), take(" GMT"), rest.isEmpty
    else { return nil }
    func date(in year: Int) -> HTTPDate? {
      HTTPDate(
        day: CalendarDay(year: year, month: month, day: day), hour: time.hour,
        minute: time.minute, second: time.second)
    }
    // The latest year of these digits, but at most 50 years from now.
    let (days, second) = now.secondsSinceEpoch.quotientAndRemainder(floor: 86_400)
    let today = CalendarDay(daysSinceEpoch: days)
    let latest = today.year + 50
    let year = latest - (latest - digits).quotientAndRemainder(floor: 100).remainder
    let secondOfDay = time.hour * 3600 + time.minute * 60 + time.second
    let isLater = (month, day, secondOfDay) > (today.month, today.day, second)
    return date(in: year == latest && isLater ? year - 100 : year)
  }

  private mutating func readASCTime(_ weekday: String) -> HTTPDate? {
    guard HTTPDate.weekdays.contains(weekday), take(" "), let month = readMonth(), take(" "),
      let day = take(" ") ? readNumber(1) : readNumber(2), take(" "), let time = readTime(),
      take(" "), let year = readNumber(4), rest.isEmpty
    else { return nil }
    return HTTPDate(
      day: CalendarDay(year: year, month: month, day: day), hour: time.hour, minute: time.minute,
      second: time.second)
  }

  private mutating func readTime() -> (hour: Int, minute: Int, second: Int)? {
    guard let hour = readNumber(2), take(":"), let minute = readNumber(2), take(":"),
      let second = readNumber(2)
    else { return nil }
    return (hour, minute, second)
  }

  private mutating func readMonth() -> Int? {
    guard let name = readLetters(), let index = HTTPDate.months.firstIndex(of: name) else {
      return nil
    }
    return index + 1
  }

  private mutating func readNumber(_ digitCount: Int) -> Int? {
    var number = 0
    for _ in 0..<digitCount {
      guard let digit = rest.first.flatMap(ByteClass.decimalValue) else { return nil }
      number = number * 10 + digit
      rest.removeFirst()
    }
    return number
  }

  /// At most as many as the longest name of a day has.
  private mutating func readLetters() -> String? {
    let letters = rest.prefix(10).prefix { (0x61...0x7a).contains(ByteClass.lowercased($0)) }
    rest = rest[letters.endIndex...]
    return letters.isEmpty ? nil : String(letters)
  }

  private mutating func take(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }
}
