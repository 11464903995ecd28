import EventletHTTP
import Testing

@Suite struct DateCacheTests {
  @Test func eachSecondHasItsOwnText() {
    var cache = DateCache()
    for second in [0, 0, 1, 1, 0, 784_111_777, -1] {
      let expected = Array(HTTPDate(secondsSinceEpoch: second).description.utf8)
      #expect(cache.bytes(at: second) == expected)
    }
  }

  @Test func withinASecondItIsTheSameText() {
    var cache = DateCache()
    let (first, second) = (cache.bytes(at: 7), cache.bytes(at: 7))
    first.withUnsafeBytes { first in
      second.withUnsafeBytes { #expect($0.baseAddress == first.baseAddress) }
    }
  }
}
