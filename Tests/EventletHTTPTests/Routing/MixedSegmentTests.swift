import Testing

@testable import EventletHTTP

private func mixed(_ literals: [String]) -> MixedSegment {
  MixedSegment(literals: literals.map { Array($0.utf8) })
}

private func split(_ segment: String, by literals: [String]) -> [String]? {
  let bytes = Array(segment.utf8)
  return bytes.withUnsafeBytes { mixed(literals).split($0) }?
    .map { String(decoding: bytes[$0], as: UTF8.self) }
}

@Test(arguments: [
  (["v", ""], "v1", ["1"]),
  (["", ".json"], "a.json", ["a"]),
  (["", ".json"], ".json.json", [".json"]),
  (["v", "x"], "vxx", ["x"]),
  (["", ".", ""], "a.b", ["a", "b"]),
  (["", ".", ""], "archive.tar.gz", ["archive.tar", "gz"]),
  (["", ".", ""], "a..", ["a", "."]),
  (["", ".", ""], "..b", [".", "b"]),
  (["", ".", ""], "...", [".", "."]),
  (["", "--", ""], "a----b", ["a--", "b"]),
  (["", "--", ""], "a---", ["a", "-"]),
  (["(", ",", ",", ")"], "(1,2,3,4)", ["1,2", "3", "4"]),
  (["a", "a", "a"], "aaaaa", ["a", "a"]),
])
func mixedSegmentsMatch(literals: [String], segment: String, values: [String]) {
  #expect(split(segment, by: literals) == values)
}

@Test(arguments: [
  (["v", ""], "v"), (["v", ""], "w1"), (["v", ""], ""), (["", ".json"], ".json"),
  (["", ".json"], "a.jso"), (["", ".", ""], "ab"), (["", ".", ""], ".b"), (["", ".", ""], "a."),
  (["", ".", ""], ".."), (["aba", "ba"], "ababa"), (["a", "a", "a"], "aaaa"),
  (["", "--", ""], "a--"),
])
func mixedSegmentsDoNotMatch(literals: [String], segment: String) {
  #expect(split(segment, by: literals) == nil)
}

/// Every way to put the parameters, the longest first parameter first.
private func allSplits(
  _ segment: ArraySlice<UInt8>, by literals: ArraySlice<[UInt8]>
) -> [[String]] {
  guard let literal = literals.first, segment.starts(with: literal) else { return [] }
  let rest = segment.dropFirst(literal.count)
  let others = literals.dropFirst()
  if others.isEmpty { return rest.isEmpty ? [[]] : [] }
  return (1...max(rest.count, 1)).reversed().flatMap { count in
    count > rest.count
      ? []
      : allSplits(rest.dropFirst(count), by: others).map { values in
        [String(decoding: rest.prefix(count), as: UTF8.self)] + values
      }
  }
}

// What matches in one of all ways matches, and by the way that is promised.
@Test func theFirstParameterTakesTheMostOfAllWays() {
  let texts = ["", "a", "b", "ab", "aa"]
  var segments = [[UInt8]()]
  for _ in 0..<6 {
    segments += segments.flatMap { [$0 + Array("a".utf8), $0 + Array("b".utf8)] }
    segments = Array(Set(segments))
  }
  for prefix in texts {
    for separator in texts.dropFirst() {
      for suffix in texts {
        let literals = [prefix, separator, suffix]
        for segment in segments {
          let ways = allSplits(segment[...], by: literals.map { Array($0.utf8) }[...])
          let text = String(decoding: segment, as: UTF8.self)
          #expect(split(text, by: literals) == ways.first, "\(literals) \(text)")
        }
      }
    }
  }
}

@Test(arguments: [
  (["", ".json"], ["", ".", ""]), (["v", ""], ["", ".", ""]), (["", "x"], ["v", ""]),
  (["a", ""], ["b", ""]), (["ab", ""], ["a", "", "b"]),
])
func moreTextComesFirst(first: [String], second: [String]) {
  #expect(mixed(first).precedes(mixed(second)))
  #expect(!mixed(second).precedes(mixed(first)))
  #expect(!mixed(first).precedes(mixed(first)))
}
