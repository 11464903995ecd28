/// A day of the Gregorian calendar, also before there was one.
struct CalendarDay {
  let year: Int
  /// 1 to 12.
  let month: Int
  /// 1 to 31.
  let day: Int

  /// nil for a day that does not exist.
  init?(year: Int, month: Int, day: Int) {
    guard (1...12).contains(month), day >= 1, day <= Self.dayCount(of: month, in: year) else {
      return nil
    }
    self.year = year
    self.month = month
    self.day = day
  }

  private static func dayCount(of month: Int, in year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // Both count in years that begin in March, so that the day of a leap year is their last, and in
  // the cycles of 400 years after which the calendar repeats. From March on the months have 31,
  // 30, 31, 30 and 31 days again and again: 153 in five of them.
  private static let cycle = 146_097
  /// Days from the first of March of the year 0 to the epoch.
  private static let epoch = 719_468

  init(daysSinceEpoch: Int) {
    let (cycles, rest) = (daysSinceEpoch + Self.epoch).quotientAndRemainder(floor: Self.cycle)
    // Without the leap days of the years before it, the day's year is a matter of division.
    let leapDays = rest / 1460 - rest / 36_524 + rest / (Self.cycle - 1)
    let yearOfCycle = (rest - leapDays) / 365
    let dayOfYear = rest - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    year = 400 * cycles + yearOfCycle + (month <= 2 ? 1 : 0)
  }

  var daysSinceEpoch: Int {
    let marchYear = month <= 2 ? year - 1 : year
    let (cycles, yearOfCycle) = marchYear.quotientAndRemainder(floor: 400)
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfCycle = 365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
    return cycles * Self.cycle + dayOfCycle - Self.epoch
  }
}
