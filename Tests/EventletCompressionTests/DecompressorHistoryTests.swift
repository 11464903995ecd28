import EventletCompression
import Testing

/// What a stream that is cut into messages needs.
@Suite struct DecompressorHistoryTests {
  @Test(arguments: 9...15)
  func theHistoryIsWhatMayBeReferredTo(windowBits: Int) throws {
    let compressor = Compressor(format: .raw, windowBits: windowBits)
    let decompressor = Decompressor(format: .raw, limit: nil, windowBits: windowBits)
    #expect(decompressor.history.isEmpty)
    var all: [UInt8] = []
    for sample in samples {
      all += try decompressor.decompress(compressor.compress(sample, flush: .sync))
      #expect(decompressor.history == Array(all.suffix(1 << windowBits)))
      #expect(decompressor.history.capacity <= 1 << windowBits + 32)
    }
    decompressor.reset()
    #expect(decompressor.history.isEmpty)
  }

  @Test(arguments: 9...15)
  func anotherGoesOnWithTheHistory(windowBits: Int) throws {
    let compressor = Compressor(format: .raw, windowBits: windowBits)
    let whole = Decompressor(format: .raw, limit: nil, windowBits: windowBits)
    let other = Decompressor(format: .raw, limit: nil, windowBits: windowBits)
    var history: [UInt8] = []
    for sample in samples {
      let compressed = compressor.compress(sample, flush: .sync)
      #expect(try whole.decompress(compressed) == sample)
      other.reset(history: history)
      #expect(other.outputCount == 0)
      #expect(try other.decompress(compressed) == sample)
      history = other.history
      #expect(history == whole.history)
      // What it does meanwhile for somebody else changes nothing.
      other.reset()
      _ = try other.decompress(Compressor(format: .raw).compress(threads, flush: .sync))
    }
  }

  @Test func ofALongHistoryTheLastBytesCount() throws {
    let history = noise(100_000)
    let compressor = Compressor(format: .raw, windowBits: 15)
    _ = compressor.compress(history, flush: .sync)
    let compressed = compressor.compress(history.suffix(1000) + [], flush: .sync)
    #expect(compressed.count < 100)
    let decompressor = Decompressor(format: .raw, limit: nil)
    decompressor.reset(history: history)
    #expect(decompressor.history == history.suffix(32_768))
    #expect(try decompressor.decompress(compressed) == history.suffix(1000))
  }

  @Test func withoutItsHistoryDataIsCorrupt() throws {
    let compressor = Compressor(format: .raw)
    let decompressor = Decompressor(format: .raw, limit: nil)
    _ = try decompressor.decompress(compressor.compress(threads, flush: .sync))
    let second = compressor.compress(threads, flush: .sync)
    let error = CompressionError.corrupt(.raw, reason: "invalid distance too far back")
    decompressor.reset(history: [])
    #expect(throws: error) { try decompressor.decompress(second) }
    decompressor.reset(history: threads)
    #expect(try decompressor.decompress(second) == threads)
  }

  @Test func aStreamBehindTheEndRefersToWhatWasBefore() throws {
    // A last block, and one that repeats what it holds.
    let (first, second) = (hex("f348cdc9c90700"), hex("f200110000"))
    let decompressor = Decompressor(format: .raw, limit: 10)
    #expect(try decompressor.decompress(first + second) == Array("Hello".utf8))
    #expect(decompressor.hasEnded)
    #expect(decompressor.unusedCount == second.count)
    decompressor.beginNextStream()
    #expect(!decompressor.hasEnded)
    #expect(decompressor.unusedCount == 0)
    #expect(try decompressor.decompress(second) == Array("Hello".utf8))
    #expect(decompressor.history == Array("HelloHello".utf8))
    // And counts on.
    #expect(decompressor.outputCount == 10)
    #expect(throws: CompressionError.limitExceeded(.raw, limit: 10)) {
      try decompressor.decompress(hex("0000ffff") + second)
    }
  }

  @Test func aStreamBehindAFlushRefersToWhatWasBefore() throws {
    let compressor = Compressor(format: .raw)
    let decompressor = Decompressor(format: .raw, limit: nil)
    for sample in samples {
      let message = compressor.compress(sample, flush: .sync).dropLast(4)
      #expect(try decompressor.decompress(Array(message)) == sample)
      decompressor.beginNextStream()
      #expect(!decompressor.isAtFlush)
    }
  }

  @Test func itSaysWhereAFlushIsWithoutItsTail() throws {
    let compressor = Compressor(format: .raw)
    for sample in samples {
      let message = compressor.compress(sample, flush: .sync)
      let decompressor = Decompressor(format: .raw, limit: nil)
      #expect(!decompressor.isAtFlush)
      for byte in message.dropLast(4).suffix(50).dropLast() where message.count < 50 {
        _ = try decompressor.decompress([byte])
        #expect(!decompressor.isAtFlush)
      }
      decompressor.reset()
      _ = try decompressor.decompress(message.dropLast(4))
      #expect(decompressor.isAtFlush)
      for byte in message.suffix(4) {
        _ = try decompressor.decompress([byte])
        #expect(!decompressor.isAtFlush)
      }
      compressor.reset()
    }
  }

  @Test func onlyRawDataHasAHistory() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Decompressor(format: .gzip, limit: nil).reset(history: [1])
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Decompressor: a history for gzip data"), "\(output)")
  }

  @Test func inTheMiddleOfAStreamNoOtherBegins() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let decompressor = Decompressor(format: .raw, limit: nil)
      _ = try decompressor.decompress([0xf2, 0x48])
      decompressor.beginNextStream()
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Decompressor: a further stream in the middle of one"), "\(output)")
  }

  @Test func onlyRawDataGoesOn() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let decompressor = Decompressor(format: .zlib, limit: nil)
      _ = try decompressor.decompress([0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01])
      decompressor.beginNextStream()
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Decompressor: zlib data does not go on"), "\(output)")
  }
}
