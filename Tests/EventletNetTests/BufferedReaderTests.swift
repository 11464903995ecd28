import EventletNet
import Testing

/// Gives its chunks one by one, none larger than asked for, and then the end.
private final class Chunks: ByteStream {
  private var chunks: [[UInt8]]
  init(_ chunks: [[UInt8]]) { self.chunks = chunks }
  func receive(upTo count: Int) throws -> [UInt8] {
    guard let chunk = chunks.first else { return [] }
    if chunk.count <= count { return chunks.removeFirst() }
    chunks[0].removeFirst(count)
    return Array(chunk[..<count])
  }
  func sendAll(_ bytes: [UInt8]) throws {}
  func close() {}
}

/// A reader for each way in which `input` may arrive: whole, byte by byte, and split at every
/// place and at every two places.
private func readers(
  of input: [UInt8], maxLineLength: Int = 65_536, chunkSize: Int = 4096
) -> [BufferedReader] {
  var ways = [[input], input.map { [$0] }]
  for first in 0...input.count {
    for second in first...input.count {
      ways.append([
        Array(input[..<first]), Array(input[first..<second]), Array(input[second...]),
      ])
    }
  }
  return ways.map { way in
    BufferedReader(
      Chunks(way.filter { !$0.isEmpty }), maxLineLength: maxLineLength, chunkSize: chunkSize)
  }
}

/// All that is left.
private func rest(_ reader: BufferedReader) throws -> [UInt8] {
  var bytes: [UInt8] = []
  while case let more = try reader.read(upTo: 7), !more.isEmpty { bytes += more }
  return bytes
}

@Suite struct BufferedReaderTests {
  @Test(
    arguments: [
      ("", []),
      ("\n", [""]),
      ("\r\n", [""]),
      ("\r", ["\r"]),
      ("a\r", ["a\r"]),
      ("\n\n", ["", ""]),
      ("a\rb\r\r\n", ["a\rb\r"]),
      ("one\r\ntwo\n\nthree without end", ["one", "two", "", "three without end"]),
      ("not \u{e9}\u{20ac}\u{1d11e}\nsplit", ["not \u{e9}\u{20ac}\u{1d11e}", "split"]),
      ("\0\n\0", ["\0", "\0"]),
    ] as [(String, [String])])
  func linesAreTheSameHoweverTheyArrive(text: String, expected: [String]) throws {
    for chunkSize in [1, 3, 4096] {
      for reader in readers(of: Array(text.utf8), chunkSize: chunkSize) {
        var lines: [String] = []
        while let line = try reader.readLine() { lines.append(line) }
        #expect(lines == expected)
        // The end stays the end.
        #expect(try reader.readLine() == nil)
        #expect(reader.bufferedCount == 0)
      }
    }
  }

  @Test func bytesThatAreNoTextAreReplaced() throws {
    for reader in readers(of: [0x61, 0xff, 0x0a, 0xc3]) {
      #expect(try reader.readLine() == "a\u{fffd}")
      #expect(try reader.readLine() == "\u{fffd}")
    }
  }

  @Test func delimitersAreIncluded() throws {
    for reader in readers(of: Array("a;bc;;d".utf8)) {
      var parts: [String] = []
      while let part = try reader.readBytes(through: UInt8(ascii: ";"), limit: 3) {
        parts.append(String(decoding: part, as: UTF8.self))
      }
      #expect(parts == ["a;", "bc;", ";", "d"])
    }
  }

  @Test func aLineMayBeAsLongAsTheLimit() throws {
    for reader in readers(of: Array("1234\n12345".utf8), maxLineLength: 5) {
      #expect(try reader.readLine() == "1234")
      // Five bytes without an ending may still become a longer line.
      #expect(throws: LineTooLong(limit: 5)) { try reader.readLine() }
      #expect(try rest(reader) == Array("12345".utf8))
    }
  }

  @Test func aLineOverTheLimitIsAnErrorAndItsBytesStay() throws {
    let input = Array("ab\n12345\n6".utf8)
    for reader in readers(of: input, maxLineLength: 5) {
      #expect(try reader.readLine() == "ab")
      for _ in 0..<2 { #expect(throws: LineTooLong(limit: 5)) { try reader.readLine() } }
      #expect(try reader.read(exactly: 2) == Array("12".utf8))
      #expect(try reader.readLine() == "345")
      #expect(try reader.readLine() == "6")
    }
  }

  @Test func exactCountsAreExact() throws {
    let input = (0..<9).map { UInt8($0) }
    for reader in readers(of: input, chunkSize: 4) {
      for range in [0..<0, 0..<1, 1..<4, 4..<8] {
        #expect(try reader.read(exactly: range.count) == Array(input[range]))
      }
      #expect(throws: UnexpectedEnd(missing: 2)) { try reader.read(exactly: 3) }
      #expect(try reader.read(exactly: 1) == [8])
      #expect(throws: UnexpectedEnd(missing: 1)) { try reader.read(exactly: 1) }
      #expect(try reader.read(exactly: 0) == [])
    }
  }

  @Test func readingWhatIsThereLosesNothing() throws {
    let input = (0..<9).map { UInt8($0) }
    for most in [1, 4, 100] {
      for reader in readers(of: input, chunkSize: 4) {
        var received: [UInt8] = []
        while case let more = try reader.read(upTo: most), !more.isEmpty {
          #expect(more.count <= most)
          received += more
        }
        #expect(received == input)
      }
    }
  }

  @Test func allKindsOfCallsMayFollowEachOther() throws {
    for reader in readers(of: Array("GET /\r\n\r\nbodyEND;rest".utf8)) {
      #expect(try reader.readLine() == "GET /")
      #expect(try reader.readLine() == "")
      #expect(try reader.read(exactly: 4) == Array("body".utf8))
      #expect(
        try reader.readBytes(through: UInt8(ascii: ";"), limit: 10) == Array("END;".utf8))
      #expect(try rest(reader) == Array("rest".utf8))
    }
  }

  // It would look like the end of the stream.
  @Test func aChunkOfNothingEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = BufferedReader(Chunks([Array("line\n".utf8)]), chunkSize: 0)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("chunkSize 0 is not positive"), "\(output)")
  }
}
