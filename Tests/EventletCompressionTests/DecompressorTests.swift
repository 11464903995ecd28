import EventletCompression
import Testing

@Suite struct DecompressorTests {
  @Test(arguments: Vector.all)
  func whatOthersCompressedIsExpandedHoweverItArrives(vector: Vector) throws {
    let (format, bytes, expected) = (vector.format, vector.bytes, vector.expected)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let decompressor = Decompressor(format: format, limit: nil)
        var output = try decompressor.decompress(Array(bytes[..<first]))
        output += try decompressor.decompress(Array(bytes[first..<second]))
        #expect(decompressor.hasEnded == (second == bytes.count))
        output += try decompressor.decompress(Array(bytes[second...]))
        try decompressor.finish()
        #expect(output == expected)
        #expect(decompressor.outputCount == expected.count)
        #expect(decompressor.unusedCount == 0)
      }
    }
    let decompressor = Decompressor(format: format, limit: nil)
    let output = try bytes.flatMap { try decompressor.decompress([$0]) }
    try decompressor.finish()
    #expect(output == expected)
  }

  @Test(arguments: Vector.all)
  func whatIsCutOffIsAnError(vector: Vector) throws {
    let (format, bytes, expected) = (vector.format, vector.bytes, vector.expected)
    for count in 0..<bytes.count {
      let decompressor = Decompressor(format: format, limit: nil)
      let output = try decompressor.decompress(Array(bytes[..<count]))
      #expect(output == Array(expected[..<output.count]))
      #expect(throws: CompressionError.truncated(format)) { try decompressor.finish() }
    }
  }

  @Test(arguments: Vector.all)
  func aBitThatHasTurnedIsFound(vector: Vector) {
    // Raw data has no checksum.
    if vector.format == .raw { return }
    let (format, bytes, expected) = (vector.format, vector.bytes, vector.expected)
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        let decompressor = Decompressor(format: format, limit: 1000)
        do {
          let output = try decompressor.decompress(damaged)
          try decompressor.finish()
          // Time and name of a file, and the bits that fill the last byte, may be anything.
          #expect(output == expected, "bit \(bit) of byte \(index)")
        } catch {
          // The same is said again, and nothing comes of it any more.
          if error != .truncated(format) {
            #expect(throws: error) { try decompressor.decompress(bytes) }
            #expect(throws: error) { try decompressor.finish() }
          }
          decompressor.reset()
          #expect(throws: Never.self) {
            #expect(try decompressor.decompress(bytes) == expected)
            try decompressor.finish()
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      (.gzip, "789c", "incorrect header check"),
      (.zlib, "1f8b", "incorrect header check"),
      (.zlib, "789c030000000002", "incorrect data check"),
      (.gzip, "1f8b080000000000020303000100000000000000", "incorrect data check"),
      (.gzip, "1f8b080000000000020303000000000001000000", "incorrect length check"),
      (.gzip, "1f8b070000000000020303000000000001000000", "unknown compression method"),
      (.raw, "07", "invalid block type"),
      (.raw, "0106000000", "invalid stored block lengths"),
    ] as [(CompressionFormat, String, String)])
  func corruptDataGetsTheReasonOfZlib(
    format: CompressionFormat, digits: String, reason: String
  ) {
    #expect(throws: CompressionError.corrupt(format, reason: reason)) {
      try expand(hex(digits), format)
    }
  }

  @Test func dataWithADictionaryIsRefused() {
    let bytes = hex("78f9238f051d4b47e6e82840b819a5497076717e72766a49b195022d540200531d2d5b")
    #expect(throws: CompressionError.dictionaryRequired(.zlib)) { try expand(bytes, .zlib) }
  }

  @Test func furtherMembersAreExpandedToo() throws {
    let members = Vector.all.filter { $0.format == .gzip }
    let bytes = members.flatMap(\.bytes)
    let expected = members.flatMap(\.expected)
    for split in 0...bytes.count {
      let decompressor = Decompressor(format: .gzip, limit: nil)
      var output = try decompressor.decompress(Array(bytes[..<split]))
      output += try decompressor.decompress(Array(bytes[split...]))
      try decompressor.finish()
      #expect(output == expected)
    }
    let cut = Decompressor(format: .gzip, limit: nil)
    #expect(try cut.decompress(bytes.dropLast()) == expected)
    #expect(throws: CompressionError.truncated(.gzip)) { try cut.finish() }
  }

  @Test(arguments: formats)
  func whatFollowsTheEndIsLeft(format: CompressionFormat) throws {
    let compressed = Compressor(format: format).compress(threads, flush: .finish)
    // Not even the beginning of a member counts behind something else.
    let bytes = compressed + [0, 0x1f, 0x8b]
    for split in 0...bytes.count {
      let decompressor = Decompressor(format: format, limit: nil)
      var output = try decompressor.decompress(Array(bytes[..<split]))
      #expect(decompressor.unusedCount == max(0, split - compressed.count))
      output += try decompressor.decompress(Array(bytes[split...]))
      #expect(decompressor.unusedCount == min(3, bytes.count - split))
      #expect(decompressor.hasEnded)
      try decompressor.finish()
      #expect(output == threads)
    }
  }

  @Test func onlyGzipDataHasFurtherMembers() throws {
    let start: [UInt8] = [0x1f, 0x8b]
    for format in [CompressionFormat.zlib, .raw] {
      let compressed = Compressor(format: format).compress(threads, flush: .finish)
      let decompressor = Decompressor(format: format, limit: nil)
      #expect(try decompressor.decompress(compressed + start) == threads)
      #expect(decompressor.unusedCount == 2)
      try decompressor.finish()
    }
    let compressed = Compressor(format: .gzip).compress(threads, flush: .finish)
    let decompressor = Decompressor(format: .gzip, limit: nil)
    #expect(try decompressor.decompress(compressed + start) == threads)
    #expect(decompressor.unusedCount == 0)
    #expect(throws: CompressionError.truncated(.gzip)) { try decompressor.finish() }
  }

  @Test(arguments: formats)
  func aBombIsStoppedAtTheLimit(format: CompressionFormat) throws {
    let compressor = Compressor(format: format, level: 9)
    let zeros = [UInt8](repeating: 0, count: 1_000_000)
    let bytes = compressor.compress(zeros, flush: .finish)
    #expect(bytes.count < 2000)
    #expect(try expand(bytes, format, limit: zeros.count) == zeros)
    for limit in [0, 1, 16_383, 16_384, 16_385, zeros.count - 1] {
      let error = CompressionError.limitExceeded(format, limit: limit)
      let decompressor = Decompressor(format: format, limit: limit)
      var output: [UInt8] = []
      #expect(throws: error) {
        try bytes.withUnsafeBytes {
          _ = try decompressor.decompress($0, upTo: .max, into: &output)
        }
      }
      // As much as is allowed, and no more memory than that.
      #expect(output.count == limit)
      #expect(output.capacity <= 2 * (limit + 16_384))
      #expect(decompressor.outputCount == limit)
      #expect(throws: error) { try decompressor.decompress([]) }
    }
  }

  @Test func membersOfNothingDoNotPassTheLimit() throws {
    let members = [Vector.nothing, .file, .nothing, .file].flatMap(\.bytes)
    #expect(try expand(members, .gzip, limit: 2 * threads.count) == threads + threads)
    let limit = 2 * threads.count - 1
    #expect(throws: CompressionError.limitExceeded(.gzip, limit: limit)) {
      try expand(members, .gzip, limit: limit)
    }
  }

  @Test func theLimitMayChangeMeanwhile() throws {
    let bytes = Compressor(format: .raw).compress(threads, flush: .sync)
    let decompressor = Decompressor(format: .raw, limit: 0)
    decompressor.limit = threads.count
    #expect(try decompressor.decompress(bytes) == threads)
    decompressor.limit = nil
    #expect(try decompressor.decompress(bytes) == threads)
    decompressor.limit = threads.count
    #expect(throws: CompressionError.limitExceeded(.raw, limit: threads.count)) {
      try decompressor.decompress(bytes)
    }
  }

  @Test func whatComesOutTakesNoMoreMemoryThanItNeeds() throws {
    let bytes = Compressor(format: .raw).compress(threads, flush: .sync)
    let output = try Decompressor(format: .raw, limit: nil).decompress(bytes)
    #expect(output.capacity < 4 * threads.count)
    // Nor does what goes in.
    #expect(bytes.capacity < threads.count + 64)
    // What there is already is used, and nothing is moved.
    var reserved: [UInt8] = []
    reserved.reserveCapacity(1000)
    let before = reserved.withUnsafeBufferPointer(\.baseAddress)
    _ = try bytes.withUnsafeBytes {
      try Decompressor(format: .raw, limit: nil).decompress($0, upTo: .max, into: &reserved)
    }
    #expect(reserved.withUnsafeBufferPointer(\.baseAddress) == before)
    #expect(reserved == threads)
  }

  @Test func theLimitMayBeOneOfEachMessage() throws {
    let compressor = Compressor(format: .raw)
    let decompressor = Decompressor(format: .raw, limit: threads.count)
    for _ in 0..<3 {
      let message = compressor.compress(threads, flush: .sync)
      #expect(try decompressor.decompress(message) == threads)
      decompressor.restartCount()
    }
    let longer = compressor.compress(threads + [1], flush: .sync)
    #expect(throws: CompressionError.limitExceeded(.raw, limit: threads.count)) {
      try decompressor.decompress(longer)
    }
  }

  @Test(arguments: formats, [1, 2, 1000, 16_384, 40_000])
  func theOutputMayBeTakenInPieces(format: CompressionFormat, most: Int) throws {
    for sample in samples where sample.count < 1000 * most {
      let compressed = Compressor(format: format).compress(sample, flush: .finish) + [9]
      let decompressor = Decompressor(format: format, limit: sample.count)
      var output: [UInt8] = []
      var taken = 0
      var state = Decompressor.State.hasMore
      while state == .hasMore {
        let before = output.count
        let progress = try compressed[taken...].withUnsafeBytes {
          try decompressor.decompress($0, upTo: most, into: &output)
        }
        #expect(output.count - before <= most)
        // Each call gets somewhere.
        #expect(output.count > before || progress.state != .hasMore)
        taken += progress.consumedCount
        state = progress.state
      }
      #expect(state == .ended)
      #expect(output == sample)
      #expect(taken == compressed.count - 1)
      #expect(decompressor.unusedCount == 1)
    }
  }

  @Test func itSaysWhenItNeedsMore() throws {
    let decompressor = Decompressor(format: .zlib, limit: nil)
    let bytes = Vector.zlib.bytes
    var output: [UInt8] = []
    for (piece, state) in [
      (bytes[..<1], .needsMore), (bytes[1..<20], .needsMore), (bytes[20..<20], .needsMore),
      (bytes[20...], .ended), (bytes[..<0], .ended),
    ] as [(ArraySlice<UInt8>, Decompressor.State)] {
      let progress = try piece.withUnsafeBytes {
        try decompressor.decompress($0, upTo: 1000, into: &output)
      }
      #expect(progress.state == state)
      #expect(progress.consumedCount == piece.count)
    }
    #expect(output == threads)
  }

  @Test func aSmallerWindowIsForDataThatAllowsIt() throws {
    let small = Decompressor(format: .zlib, limit: nil, windowBits: 9)
    #expect(try small.decompress(Vector.smallWindow.bytes) == threads)
    let large = Decompressor(format: .zlib, limit: nil, windowBits: 9)
    #expect(throws: CompressionError.corrupt(.zlib, reason: "invalid window size")) {
      try large.decompress(Vector.zlib.bytes)
    }
  }
}
