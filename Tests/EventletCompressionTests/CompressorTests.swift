import EventletCompression
import Testing

/// What the compressed bytes of a flush end with.
private let tail: [UInt8] = [0x00, 0x00, 0xff, 0xff]

@Suite struct CompressorTests {
  @Test(arguments: formats)
  func whatIsCompressedComesBack(format: CompressionFormat) throws {
    for sample in samples {
      for level in [0, 1, 4, 9] {
        let compressor = Compressor(format: format, level: level)
        #expect(!compressor.isFinished)
        let compressed = compressor.compress(sample, flush: .finish)
        #expect(compressor.isFinished)
        #expect(try expand(compressed, format) == sample, "\(sample.count) bytes, level \(level)")
      }
    }
  }

  @Test(arguments: formats, [9, 15])
  func allMemorySizesWork(format: CompressionFormat, windowBits: Int) throws {
    for memoryLevel in [1, 9] {
      let compressor = Compressor(
        format: format, windowBits: windowBits, memoryLevel: memoryLevel)
      for sample in samples {
        let compressed = compressor.compress(sample, flush: .finish)
        #expect(try expand(compressed, format) == sample)
        compressor.reset()
      }
    }
  }

  @Test(arguments: formats)
  func piecesMakeOneStream(format: CompressionFormat) throws {
    for split in 0...threads.count {
      for flush in [Compressor.Flush.none, .sync, .full] {
        let compressor = Compressor(format: format)
        var compressed = compressor.compress(Array(threads[..<split]), flush: flush)
        compressed += compressor.compress(Array(threads[split...]))
        compressed += compressor.compress([], flush: .finish)
        #expect(try expand(compressed, format) == threads, "\(flush) at \(split)")
      }
    }
  }

  @Test func itAppendsToWhatIsThere() throws {
    var output: [UInt8] = [1, 2, 3]
    threads.withUnsafeBytes {
      Compressor(format: .raw).compress($0, flush: .finish, into: &output)
    }
    #expect(output[..<3] == [1, 2, 3])
    #expect(try expand(Array(output[3...]), .raw) == threads)
  }

  @Test func compressedDataIsSmaller() {
    let text = samples[7]
    let compressed = Compressor(format: .gzip).compress(text, flush: .finish)
    #expect(compressed.count < text.count / 3)
  }

  @Test(arguments: formats, [Compressor.Flush.sync, .full])
  func afterAFlushAllIsThere(format: CompressionFormat, flush: Compressor.Flush) throws {
    // Every size of output around that of the room: the end must be whole wherever it falls.
    let text = noise(17_000)
    let compressor = Compressor(format: format, level: 0)
    let decompressor = Decompressor(format: format, limit: nil)
    for count in Array(0..<100) + Array(16_340..<16_400) {
      let compressed = compressor.compress(Array(text[..<count]), flush: flush)
      #expect(compressed.suffix(4) == tail)
      #expect(try decompressor.decompress(compressed) == Array(text[..<count]), "\(count)")
    }
  }

  @Test func flushesWithNothingInBetweenAreAllWritten() throws {
    let compressor = Compressor(format: .raw)
    let decompressor = Decompressor(format: .raw, limit: nil)
    for flush in [Compressor.Flush.sync, .sync, .full, .sync, .full, .full] {
      let compressed = compressor.compress([], flush: flush)
      #expect(compressed == [0x00] + tail)
      #expect(try decompressor.decompress(compressed) == [])
    }
    let compressed = compressor.compress(threads, flush: .sync)
    #expect(try decompressor.decompress(compressed) == threads)
  }

  @Test func messagesWithoutTheirTailReferToThoseBefore() throws {
    let compressor = Compressor(format: .raw)
    let decompressor = Decompressor(format: .raw, limit: nil)
    var sizes: [Int] = []
    for _ in 0..<3 {
      let message = compressor.compress(threads, flush: .sync).dropLast(4)
      sizes.append(message.count)
      #expect(try decompressor.decompress(Array(message) + tail) == threads)
    }
    #expect(sizes[1] < sizes[0] / 2)
    // Context takeover, RFC 7692, section 7.2.3.2: the message of Python's zlib, twice.
    let takeover = Decompressor(format: .raw, limit: nil)
    #expect(try takeover.decompress(hex("f248cdc9c907000000ffff")) == Array("Hello".utf8))
    #expect(try takeover.decompress(hex("f2001100000000ffff")) == Array("Hello".utf8))
  }

  @Test func aResetForgetsWhatWasBefore() throws {
    let compressor = Compressor(format: .raw)
    let first = compressor.compress(threads, flush: .sync)
    _ = compressor.compress(Array("never to come out".utf8))
    compressor.reset()
    #expect(compressor.compress(threads, flush: .sync) == first)
    _ = compressor.compress([], flush: .finish)
    compressor.reset()
    #expect(compressor.compress(threads, flush: .sync) == first)
  }

  // Something would be lost otherwise.
  @Test func compressingAfterTheEndEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let compressor = Compressor(format: .raw)
      _ = compressor.compress([1], flush: .finish)
      _ = compressor.compress([2])
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("data after the end of the stream"), "\(output)")
  }

  @Test func aLevelThatIsNoneEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Compressor(format: .raw, level: 10)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("level 10 is not in 0...9"), "\(output)")
  }
}
