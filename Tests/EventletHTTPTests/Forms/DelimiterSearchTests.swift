import Testing

@testable import EventletHTTP

@Suite struct DelimiterSearchTests {
  /// By comparison at every place.
  private func naive(_ delimiter: [UInt8], _ bytes: [UInt8], _ start: Int) -> DelimiterSearch.Result
  {
    for position in start..<max(start, bytes.count) {
      let rest = bytes[position...].prefix(delimiter.count)
      guard rest.elementsEqual(delimiter.prefix(rest.count)) else { continue }
      return rest.count == delimiter.count ? .whole(at: position) : .beginning(at: position)
    }
    return .nothing
  }

  @Test func itFindsTheFirstPlace() {
    let delimiter = Array("\r\n--b-".utf8)
    let search = DelimiterSearch(delimiter: delimiter)
    // All strings of what matters, up to a length that holds the delimiter and more.
    let alphabet = Array("\r\n-b".utf8)
    var texts: [[UInt8]] = [[]]
    for _ in 0..<7 { texts = texts.flatMap { text in alphabet.map { text + [$0] } } }
    for text in texts where text.contains(0x0d) {
      let bytes = text + delimiter.prefix(3)
      if search.first(in: bytes, from: 0) != naive(delimiter, bytes, 0) {
        Issue.record("\(bytes)")
      }
    }
  }

  @Test func itBeginsWhereItIsTold() {
    let search = DelimiterSearch(delimiter: Array("\r\n--b".utf8))
    let bytes = Array("\r\n--b\r\n--b\r\n-".utf8)
    for start in 0...bytes.count {
      #expect(search.first(in: bytes, from: start) == naive(search.delimiter, bytes, start))
    }
    #expect(search.first(in: [], from: 0) == .nothing)
  }
}
