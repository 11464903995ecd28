import Testing

@testable import EventletCore

@Suite struct NanosecondsTests {
  @Test(
    arguments: [
      (.zero, 0),
      (.nanoseconds(-1), 0),
      (.seconds(-5), 0),
      (Duration(attoseconds: Int128.min), 0),
      (.nanoseconds(1), 1),
      (Duration(attoseconds: 1), 1),
      (Duration(attoseconds: 1_000_000_001), 2),
      (.seconds(18), 18_000_000_000),
      (.seconds(19), 19_000_000_000),
      (.milliseconds(1_500_000_000_001), 1_500_000_000_001_000_000),
      (.nanoseconds(Int64.max), Int64.max),
      (.nanoseconds(Int64.max) + .nanoseconds(1), Nanoseconds.never),
      (.seconds(Int64.max), Nanoseconds.never),
      (Duration(attoseconds: Int128.max), Nanoseconds.never),
    ] as [(Duration, Nanoseconds)])
  func durationsAreRoundedUpAndSaturate(duration: Duration, expected: Nanoseconds) {
    #expect(duration.nanoseconds == expected)
  }
}
