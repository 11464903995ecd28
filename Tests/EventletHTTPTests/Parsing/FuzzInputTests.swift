import EventletTesting
import Testing

/// What fuzzers begin with, and what they have found (`Fuzz/`), without a fuzzer.
@Suite struct FuzzInputTests {
  @Test(arguments: ["Corpus", "Regressions"])
  func heads(folder: String) throws {
    for input in try fuzzInputs(in: folder, of: "request-head") {
      #expect(throws: Never.self, "\(input.name)") { try HeadProperties.check(input.bytes) }
    }
  }

  @Test(arguments: ["Corpus", "Regressions"])
  func chunkedBodies(folder: String) throws {
    for input in try fuzzInputs(in: folder, of: "chunked-body") {
      #expect(throws: Never.self, "\(input.name)") { try ChunkedProperties.check(input.bytes) }
    }
  }
}
