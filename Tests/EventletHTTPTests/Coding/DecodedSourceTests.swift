import EventletCompression
import HTTPTypes
import Testing

@testable import EventletHTTP

/// A coding that is taken off, apart from any connection.
@Suite struct DecodedSourceTests {
  private static let text = Array("green threads, green hubs, green sockets".utf8)

  private static func encode(_ bytes: [UInt8], _ coding: ContentCoding) -> [UInt8] {
    Compressor(format: coding == .gzip ? .gzip : .zlib).compress(bytes, flush: .finish)
  }

  /// A source that gives these pieces.
  private static func decoded(
    _ coding: ContentCoding, _ pieces: [[UInt8]],
    _ limits: DecodingLimits = DecodingLimits(size: nil, maximumRatio: 100)
  ) -> DecodedSource {
    var rest = pieces.filter { !$0.isEmpty }[...]
    return DecodedSource(coding, limits) { _ in
      let piece = rest.popFirst() ?? []
      limits.encodedCount += piece.count
      return piece
    }
  }

  private static func readAll(_ source: DecodedSource, by count: Int) throws -> [UInt8] {
    var all: [UInt8] = []
    while case let piece = try source.receive(upTo: count), !piece.isEmpty {
      #expect(piece.count <= count)
      all += piece
    }
    #expect(source.isAtEnd)
    #expect(try source.receive(upTo: count) == [])
    return all
  }

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func everySplitAndEveryRead(coding: ContentCoding) throws {
    for way in everyWay(of: Self.encode(Self.text, coding)) {
      for count in [1, 7, 40, 65_536] {
        #expect(try Self.readAll(Self.decoded(coding, way), by: count) == Self.text)
      }
    }
  }

  @Test func nothingIsExpandedAhead() throws {
    let bomb = Self.encode([UInt8](repeating: 0, count: 10 << 20), .gzip)
    let source = Self.decoded(.gzip, [bomb])
    #expect(try source.receive(upTo: 10).count == 10)
    #expect(source.count == 10)
    #expect(!source.isAtEnd)
    #expect(try source.receive(upTo: 1000).count == 1000)
    #expect(source.count == 1010)
  }

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func theEndMustCome(coding: ContentCoding) {
    let whole = Self.encode(Self.text, coding)
    for count in 1..<whole.count {
      let source = Self.decoded(coding, [Array(whole[..<count])])
      #expect(throws: RequestError(.truncatedContentCoding(coding))) {
        try Self.readAll(source, by: 100)
      }
    }
  }

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func nothingMayFollowTheEnd(coding: ContentCoding) {
    let whole = Self.encode(Self.text, coding)
    let error = RequestError(.dataAfterContentCoding(coding))
    for pieces in [[whole + [0]], [whole, [0]], [whole, Array("GET / HTTP/1.1".utf8)]] {
      #expect(throws: error) { try Self.readAll(Self.decoded(coding, pieces), by: 100) }
    }
  }

  @Test func severalMembersAreOneBody() throws {
    let member = Self.encode(Self.text, .gzip)
    let empty = Self.encode([], .gzip)
    for way in everyWay(of: member + empty + member) {
      #expect(try Self.readAll(Self.decoded(.gzip, way), by: 30) == Self.text + Self.text)
    }
    // One stream of zlib is all.
    let stream = Self.encode(Self.text, .deflate)
    #expect(throws: RequestError.self) {
      try Self.readAll(Self.decoded(.deflate, [stream + stream]), by: 100)
    }
  }

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func nothingAtAllIsNothing(coding: ContentCoding) throws {
    #expect(try Self.readAll(Self.decoded(coding, []), by: 10) == [])
    #expect(try Self.readAll(Self.decoded(coding, [Self.encode([], coding)]), by: 10) == [])
  }

  /// A bit may turn where nothing depends on it: in the time, the flags or the system of gzip.
  @Test(arguments: [ContentCoding.gzip, .deflate])
  func noTurnedBitChangesTheText(coding: ContentCoding) {
    let whole = Self.encode(Self.text, coding)
    var errors = 0
    for index in whole.indices {
      for bit in 0..<8 {
        var turned = whole
        turned[index] ^= 1 << bit
        do {
          #expect(try Self.readAll(Self.decoded(coding, [turned]), by: 100) == Self.text)
        } catch {
          #expect((error as? RequestError)?.status == .badRequest)
          errors += 1
        }
      }
    }
    #expect(errors > 8 * (whole.count - 10))
  }

  // MARK: Limits

  @Test func theSizeIsLimited() throws {
    let coded = Self.encode(Self.text, .gzip)
    for count in [1, 100] {
      let limits = DecodingLimits(size: Self.text.count, maximumRatio: 100)
      #expect(try Self.readAll(Self.decoded(.gzip, [coded], limits), by: count) == Self.text)
      limits.size = Self.text.count - 1
      #expect(throws: RequestError(.bodyTooLong(limit: Self.text.count - 1))) {
        try Self.readAll(Self.decoded(.gzip, [coded], limits), by: count)
      }
    }
  }

  @Test func theRatioIsLimitedFromAMebibyteOn() throws {
    for (count, ratio, passes) in [
      (1 << 20, 1, true), ((1 << 20) + 1, 100, false), (4 << 20, 1033, true), (4 << 20, 500, false),
    ] {
      let coded = Self.encode([UInt8](repeating: 0, count: count), .gzip)
      let limits = DecodingLimits(size: nil, maximumRatio: ratio)
      let source = Self.decoded(.gzip, [coded], limits)
      if passes {
        #expect(try Self.readAll(source, by: 65_536).count == count)
      } else {
        #expect(throws: RequestError(.bodyExpandsTooMuch(maximumRatio: ratio))) {
          try Self.readAll(source, by: 65_536)
        }
        // Not later than it must.
        #expect(source.count <= max(1 << 20, ratio * coded.count) + 65_536)
      }
    }
  }

  /// What comes of the outer coding is limited too: it may become nothing.
  @Test func theCodingInBetweenIsLimited() throws {
    let nothing = Self.encode([], .gzip)
    let nothings = [[UInt8]](repeating: nothing, count: 200_000).flatMap { $0 }
    let coded = Self.encode(nothings, .deflate)
    let limits = DecodingLimits(size: nil, maximumRatio: 100)
    let outer = Self.decoded(.deflate, [coded], limits)
    let inner = DecodedSource(.gzip, limits, of: outer.receive)
    #expect(throws: RequestError(.bodyExpandsTooMuch(maximumRatio: 100))) {
      try Self.readAll(inner, by: 100)
    }
    #expect(outer.count < nothings.count)
  }

  @Test func whatTheSourceThrowsLosesNothing() throws {
    let coded = Self.encode(Self.text, .gzip)
    var rest = coded[...]
    var turn = 0
    let limits = DecodingLimits(size: nil, maximumRatio: 100)
    let source = DecodedSource(.gzip, limits) { _ in
      turn += 1
      if turn.isMultiple(of: 2) { throw SomeError() }
      return rest.popFirst().map { [$0] } ?? []
    }
    var all: [UInt8] = []
    var failures = 0
    while !source.isAtEnd {
      do { all += try source.receive(upTo: 3) } catch is SomeError { failures += 1 }
    }
    #expect(all == Self.text)
    #expect(failures >= coded.count)
  }
}
