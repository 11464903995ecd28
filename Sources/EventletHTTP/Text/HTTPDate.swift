internal import Glibc

/// A date of HTTP: a second in Greenwich, RFC 9110, section 5.6.7.
///
/// ```swift
/// response.headerFields[.lastModified] = "\(HTTPDate(secondsSinceEpoch: file.modified))"
/// if let since = HTTPDate(parsing: value), modified <= since { return .notModified }
/// ```
///
/// Always in English, whatever the locale. No leap seconds, as in Unix time.
///
/// In Python: `eventlet.wsgi.format_date_time`.
public struct HTTPDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Seconds since the beginning of 1970; negative before.
  public let secondsSinceEpoch: Int

  /// Creates a date.
  /// - Parameter secondsSinceEpoch: Dates before the year 0 and after 9999, which cannot be
  ///   written, become the first and the last that can.
  public init(secondsSinceEpoch: Int) {
    self.secondsSinceEpoch = min(max(secondsSinceEpoch, Self.first), Self.last)
  }

  private static let first = -62_167_219_200
  private static let last = 253_402_300_799

  /// This second, by the machine's clock.
  public static var now: HTTPDate { HTTPDate(secondsSinceEpoch: time(nil)) }

  /// Whether one is earlier than the other.
  public static func < (one: HTTPDate, other: HTTPDate) -> Bool {
    one.secondsSinceEpoch < other.secondsSinceEpoch
  }

  /// Such as `Sun, 06 Nov 1994 08:49:37 GMT`.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// The 29 bytes of ``description``.
  package var bytes: [UInt8] {
    let (days, second) = secondsSinceEpoch.quotientAndRemainder(floor: 86_400)
    let date = CalendarDay(daysSinceEpoch: days)
    // The first of January 1970 was a Thursday.
    let weekday = (days + 4).quotientAndRemainder(floor: 7).remainder
    return [UInt8](unsafeUninitializedCapacity: 29) { buffer, count in
      func put(_ text: String) {
        for byte in text.utf8 {
          buffer.initializeElement(at: count, to: byte)
          count += 1
        }
      }
      func put(_ number: Int, _ separator: String) {
        buffer.initializeElement(at: count, to: UInt8(ascii: "0") + UInt8(number / 10))
        buffer.initializeElement(at: count + 1, to: UInt8(ascii: "0") + UInt8(number % 10))
        count += 2
        put(separator)
      }
      put(Self.weekdays[weekday])
      put(", ")
      put(date.day, " ")
      put(Self.months[date.month - 1])
      put(" ")
      put(date.year / 100, "")
      put(date.year % 100, " ")
      put(second / 3600, ":")
      put(second / 60 % 60, ":")
      put(second % 60, " GMT")
    }
  }

  static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

extension Int {
  /// Rounded down, so that the remainder is never negative.
  func quotientAndRemainder(floor divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
