import EventletHTTP
import EventletTesting
import Testing

@Suite struct ByteRangeTests {
  private func parts(_ bounds: (Int, Int)...) -> ByteRange.Selection {
    .parts(bounds.map { ByteRange(first: $0.0, last: $0.1) })
  }

  @Test(arguments: [
    ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=10-", 10, 99), ("bytes=-1", 99, 99),
    ("bytes=-100", 0, 99), ("bytes=-101", 0, 99), ("bytes=99-99", 99, 99), ("bytes=0-", 0, 99),
    ("bytes=50-100", 50, 99), ("Bytes=1-2", 1, 2), ("bytes= 1-2 ", 1, 2), ("bytes=,1-2,,", 1, 2),
    ("bytes=001-0002", 1, 2), ("bytes=5-99999999999999999999999999", 5, 99),
    ("bytes=-99999999999999999999999999", 0, 99),
  ])
  func onePart(value: String, first: Int, last: Int) {
    #expect(ByteRange.select(value, ofSize: 100) == parts((first, last)))
  }

  @Test func severalParts() {
    #expect(ByteRange.select("bytes=0-1, 5-6", ofSize: 100) == parts((0, 1), (5, 6)))
    #expect(ByteRange.select("bytes=5-6,0-1", ofSize: 100) == parts((5, 6), (0, 1)))
    #expect(ByteRange.select("bytes=0-1\t,\t-1", ofSize: 100) == parts((0, 1), (99, 99)))
    // What there is not is left out.
    #expect(ByteRange.select("bytes=200-,0-1,-0", ofSize: 100) == parts((0, 1)))
  }

  @Test func partsThatOverlapOrTouchBecomeOne() {
    #expect(ByteRange.select("bytes=0-1,2-3", ofSize: 100) == parts((0, 3)))
    #expect(ByteRange.select("bytes=2-3,0-1", ofSize: 100) == parts((0, 3)))
    #expect(ByteRange.select("bytes=0-9,5-20,50-60", ofSize: 100) == parts((0, 20), (50, 60)))
    #expect(ByteRange.select("bytes=50-60,0-9,5-20", ofSize: 100) == parts((50, 60), (0, 20)))
    #expect(ByteRange.select("bytes=0-0,2-2,1-1", ofSize: 100) == parts((0, 2)))
    #expect(ByteRange.select("bytes=9-9,0-0,5-5,0-", ofSize: 10) == parts((0, 9)))
    #expect(ByteRange.select("bytes=0-,0-,0-,0-", ofSize: 100) == parts((0, 99)))
    #expect(ByteRange.select("bytes=8-8,4-4,2-2,3-7", ofSize: 100) == parts((2, 8)))
  }

  @Test(arguments: [
    "bytes=100-", "bytes=100-200", "bytes=-0", "bytes=200-300,-0",
    "bytes=9223372036854775807-", "bytes=99999999999999999999-", "bytes=9223372036854775808-",
  ])
  func whatThereIsNotIsUnsatisfiable(value: String) {
    #expect(ByteRange.select(value, ofSize: 100) == .unsatisfiable)
  }

  @Test(arguments: [
    "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=1", "bytes=2-1", "bytes=1-2-3",
    "bytes=--1", "bytes=+1-2", "bytes=1-+2", "bytes=0x1-2", "bytes=a-b", "bytes = 1-2",
    "bytes=1 - 2", "bytes=1-2;", "lines=1-2", "=1-2", "bytes=1-2,x", "bytes=0-1, bytes=2-3",
    "bytes=１-2", "bytes=99999999999999999999-1", "none",
  ])
  func whatIsMalformedDoesNotCount(value: String) {
    #expect(ByteRange.select(value, ofSize: 100) == .whole)
  }

  @Test func nothingIsAskedForWithoutTheField() {
    #expect(ByteRange.select(nil, ofSize: 100) == .whole)
  }

  @Test(arguments: ["bytes=0-", "bytes=0-99", "bytes=-1", "bytes=5-6"])
  func ofNothingThereIsTheWhole(value: String) {
    #expect(ByteRange.select(value, ofSize: 0) == .whole)
  }

  @Test func moreThanAllowedAreTheWhole() {
    func value(_ count: Int) -> String {
      "bytes=" + (0..<count).map { "\(3 * $0)-\(3 * $0)" }.joined(separator: ",")
    }
    guard case .parts(let ranges) = ByteRange.select(value(32), ofSize: 1000) else {
      Issue.record("32 parts are allowed")
      return
    }
    #expect(ranges.count == 32)
    #expect(ByteRange.select(value(33), ofSize: 1000) == .whole)
    #expect(ByteRange.select(value(2), ofSize: 1000, maxCount: 1) == .whole)
    #expect(ByteRange.select(value(1), ofSize: 1000, maxCount: 1) == parts((0, 0)))
    // What there is not counts too.
    #expect(ByteRange.select("bytes=9-,9-,0-1", ofSize: 5, maxCount: 2) == .whole)
  }

  /// However they are asked for, no byte is sent twice, and none that was not asked for.
  @Test func randomPartsAreTheirUnion() {
    var random = SplitMix64()
    for _ in 0..<2000 {
      var asked: Set<Int> = []
      var texts: [String] = []
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let first = Int.random(in: 0..<40, using: &random)
        let last = first + Int.random(in: 0..<8, using: &random)
        asked.formUnion((first...last).filter { $0 < 40 })
        texts.append("\(first)-\(last)")
      }
      let value = "bytes=" + texts.joined(separator: ",")
      guard case .parts(let ranges) = ByteRange.select(value, ofSize: 40) else {
        Issue.record("\(value)")
        return
      }
      let sent = ranges.flatMap { Array($0.first...$0.last) }
      #expect(sent.count == asked.count && Set(sent) == asked, "\(value)")
    }
  }

  @Test func fieldsAreWritten() {
    let range = ByteRange(first: 0, last: 99)
    #expect(range.count == 100)
    #expect(range.contentRange(ofSize: 1000) == "bytes 0-99/1000")
    #expect(ByteRange.unsatisfiedContentRange(ofSize: 1000) == "bytes */1000")
  }

  @Test func whatIsNoRangeTraps() async {
    await #expect(processExitsWith: .failure) { _ = ByteRange(first: 2, last: 1) }
    await #expect(processExitsWith: .failure) { _ = ByteRange(first: -1, last: 1) }
  }
}
