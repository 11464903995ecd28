import EventletHTTP
import Glibc
import Testing

/// What the C library says of the same second.
private func formatted(_ second: Int) -> String {
  var time = second
  var parts = tm()
  gmtime_r(&time, &parts)
  var text = [CChar](repeating: 0, count: 64)
  strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// 2026-11-28, 20:00:00.
private let now = HTTPDate(secondsSinceEpoch: 1_795_896_000)

@Suite struct HTTPDateTests {
  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
      (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ])
  func datesAreWrittenInTheFixedForm(second: Int, text: String) {
    let date = HTTPDate(secondsSinceEpoch: second)
    #expect("\(date)" == text)
    #expect(HTTPDate(parsing: text) == date)
  }

  @Test func whatHasNoFourDigitsForItsYearIsTheNearestThatHas() {
    #expect("\(HTTPDate(secondsSinceEpoch: .max))" == "Fri, 31 Dec 9999 23:59:59 GMT")
    #expect("\(HTTPDate(secondsSinceEpoch: .min))" == "Sat, 01 Jan 0000 00:00:00 GMT")
  }

  @Test func theCalendarIsThatOfTheCLibrary() {
    // Each day from 1969 to 2030, and many of all years of four digits, at a second that moves on.
    let near = stride(from: -31_536_000, to: 1_893_456_000, by: 86_413)
    let far = stride(from: -30_610_224_000, through: 253_402_300_799, by: 409 * 86_413)
    for second in Array(near) + Array(far) {
      let date = HTTPDate(secondsSinceEpoch: second)
      let text = formatted(second)
      if "\(date)" != text { Issue.record("\(date), not \(text)") }
      if HTTPDate(parsing: text) != date { Issue.record("\(text) is not read") }
    }
  }

  @Test(
    arguments: [
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
      // The day of the week is not checked.
      "Mon, 06 Nov 1994 08:49:37 GMT", "Monday, 06-Nov-94 08:49:37 GMT", "Mon Nov  6 08:49:37 1994",
    ])
  func allThreeFormsAreRead(text: String) {
    #expect(HTTPDate(parsing: text, now: now)?.secondsSinceEpoch == 784_111_777)
  }

  @Test(
    arguments: [
      ("Sunday, 28-Nov-76 20:00:00 GMT", "Sat, 28 Nov 2076 20:00:00 GMT"),
      // More than 50 years away.
      ("Sunday, 28-Nov-76 20:00:01 GMT", "Sun, 28 Nov 1976 20:00:01 GMT"),
      ("Sunday, 29-Nov-76 00:00:00 GMT", "Mon, 29 Nov 1976 00:00:00 GMT"),
      ("Sunday, 01-Jan-77 00:00:00 GMT", "Sat, 01 Jan 1977 00:00:00 GMT"),
      ("Sunday, 28-Nov-26 20:00:01 GMT", "Sat, 28 Nov 2026 20:00:01 GMT"),
      ("Sunday, 01-Jan-00 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"),
    ])
  func yearsOfTwoDigitsAreAtMostFiftyAway(text: String, expected: String) {
    #expect(HTTPDate(parsing: text, now: now)?.description == expected)
  }

  @Test func yearsOfTwoDigitsMayBeOfTheNextCentury() {
    let late = HTTPDate(parsing: "Thu, 31 Dec 2099 00:00:00 GMT")
    #expect(late != nil)
    let date = HTTPDate(parsing: "Friday, 01-Jan-01 00:00:00 GMT", now: late ?? now)
    #expect(date?.description == "Sat, 01 Jan 2101 00:00:00 GMT")
  }

  @Test func aLeapSecondIsTheFirstOfTheNextMinute() {
    #expect(
      HTTPDate(parsing: "Sat, 31 Dec 2016 23:59:60 GMT")?.description
        == "Sun, 01 Jan 2017 00:00:00 GMT")
  }

  @Test(
    arguments: [
      "", "now", "Sun", "Sun,", "Sun, ", "784111777",
      "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ",
      " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
      "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
      "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 29 Feb 1900 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 06 Nov +994 08:49:37 GMT", "Sun,06 Nov 1994 08:49:37 GMT",
      "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sunday, 06 Nov 1994 08:49:37 GMT", "Someday, 06-Nov-94 08:49:37 GMT",
      "Sunday, 29-Feb-01 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov 06 08:49:37 94",
      "Sun Nov  6 08:49:37 1994 GMT", "Sunday Nov  6 08:49:37 1994",
    ])
  func nothingElseIsADate(text: String) {
    #expect(HTTPDate(parsing: text, now: now) == nil)
  }

  @Test func everyCutOffDateIsNone() {
    for text in [
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ] {
      for count in 0..<text.count {
        #expect(HTTPDate(parsing: String(text.prefix(count)), now: now) == nil, "\(count)")
      }
    }
  }

  @Test func earlierDatesComeFirst() {
    #expect(HTTPDate(secondsSinceEpoch: 1) < HTTPDate(secondsSinceEpoch: 2))
    #expect(!(HTTPDate(secondsSinceEpoch: 2) < HTTPDate(secondsSinceEpoch: 2)))
  }

  @Test func nowIsTheMachinesSecond() {
    let before = time(nil)
    let now = HTTPDate.now.secondsSinceEpoch
    #expect((before...time(nil)).contains(now))
  }

  @Test func datesAreInEnglishWhateverTheLocale() async {
    // The locale belongs to the whole process.
    await #expect(processExitsWith: .success) {
      setlocale(LC_ALL, "de_DE.UTF-8")
      #expect("\(HTTPDate(secondsSinceEpoch: 0))" == "Thu, 01 Jan 1970 00:00:00 GMT")
    }
  }
}
