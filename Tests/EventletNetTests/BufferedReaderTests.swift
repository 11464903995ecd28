import EventletNet
import Testing

/// Gives its chunks one by one, and then the end.
private final class Chunks: ByteStream {
  private var chunks: [[UInt8]]
  init(_ chunks: [[UInt8]]) { self.chunks = chunks }
  func receive(upTo count: Int) throws -> [UInt8] { chunks.isEmpty ? [] : chunks.removeFirst() }
  func sendAll(_ bytes: [UInt8]) throws {}
  func close() {}
}

@Suite struct BufferedReaderTests {
  private func lines(_ reader: BufferedReader) throws -> [String] {
    var lines: [String] = []
    while let line = try reader.readLine() { lines.append(line) }
    return lines
  }

  @Test func everySplitGivesTheSameLines() throws {
    let input = Array("one\r\ntwo\n\nthree without end".utf8)
    let expected = ["one", "two", "", "three without end"]
    for split in 0...input.count {
      let parts = [Array(input[..<split]), Array(input[split...])].filter { !$0.isEmpty }
      #expect(try lines(BufferedReader(Chunks(parts))) == expected)
    }
    #expect(try lines(BufferedReader(Chunks(input.map { [$0] }))) == expected)
  }

  @Test func aLineOverTheLimitIsAnErrorAndItsBytesStay() throws {
    let reader = BufferedReader(Chunks([Array("12345".utf8), Array("6\n".utf8)]), maxLineLength: 5)
    #expect(throws: LineTooLong(limit: 5)) { try reader.readLine() }
    #expect(try reader.read(exactly: 5) == Array("12345".utf8))
  }

  @Test func anExactCountThatDoesNotComeIsAnError() throws {
    let reader = BufferedReader(Chunks([[1, 2], [3]]))
    #expect(throws: UnexpectedEnd(missing: 1)) { try reader.read(exactly: 4) }
    #expect(try reader.read(exactly: 3) == [1, 2, 3])
    #expect(try reader.read(upTo: 3) == [])
  }
}
