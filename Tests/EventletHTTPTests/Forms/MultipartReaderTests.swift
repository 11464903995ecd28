import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

final class MultipartReaderTests: GreenTestCase {
  private let form = lines(
    "--b", "Content-Disposition: form-data; name=\"title\"", "", "Holidays", "--b",
    "Content-Disposition: form-data; name=\"photo\"; filename=\"a/b.jpg\"",
    "Content-Type: image/jpeg", "", "0123456789", "--b", "", "no name", "--b--", "epilogue")

  private func reader(
    _ chunks: [[UInt8]], limits: MultipartParser.Limits = .init(), chunkSize: Int = 16_384
  ) throws -> MultipartReader {
    try MultipartReader(Chunks(chunks), boundary: "b", limits: limits, chunkSize: chunkSize)
  }

  func testPartsComeWithWhatTheySayOfThemselves() throws {
    for chunkSize in [1, 2, 3, 7, 1000] {
      let reader = try reader([form], chunkSize: chunkSize)
      let title = try XCTUnwrap(reader.nextPart())
      XCTAssertEqual(title.name, "title")
      XCTAssertNil(title.filename)
      XCTAssertNil(title.contentType)
      XCTAssertEqual(try title.readText(limit: 8), "Holidays")
      XCTAssertEqual(try title.readText(limit: 0), "")
      let photo = try XCTUnwrap(reader.nextPart())
      XCTAssertEqual(photo.name, "photo")
      XCTAssertEqual(photo.filename, "a/b.jpg")
      XCTAssertEqual(photo.disposition?.safeFilename, "b.jpg")
      XCTAssertEqual(photo.contentType?.essence, "image/jpeg")
      XCTAssertEqual(photo.fields.count, 2)
      XCTAssertEqual(try photo.readAll(limit: 100), Array("0123456789".utf8))
      XCTAssertEqual(try photo.receive(upTo: 1), [])
      let nameless = try XCTUnwrap(reader.nextPart())
      XCTAssertNil(nameless.disposition)
      XCTAssertNil(nameless.name)
      XCTAssertEqual(try nameless.readText(limit: 100), "no name")
      for _ in 0..<2 { XCTAssertNil(try reader.nextPart()) }
    }
  }

  func testContentComesInPiecesAsSmallAsOneLikes() throws {
    for (chunkSize, most) in [(1, 1), (1, 5), (1000, 1), (1000, 3), (7, 4)] {
      let reader = try reader([form], chunkSize: chunkSize)
      _ = try reader.nextPart()
      let part = try XCTUnwrap(reader.nextPart())
      var content: [UInt8] = []
      while case let piece = try part.receive(upTo: most), !piece.isEmpty {
        XCTAssertLessThanOrEqual(piece.count, most)
        content += piece
      }
      XCTAssertEqual(content, Array("0123456789".utf8))
    }
  }

  func testWhatIsNotReadIsPassedOver() throws {
    for readCount in 0...11 {
      for chunkSize in [1, 5, 1000] {
        let reader = try reader([form], chunkSize: chunkSize)
        _ = try reader.nextPart()
        let part = try XCTUnwrap(reader.nextPart())
        for _ in 0..<readCount { _ = try part.receive(upTo: 1) }
        XCTAssertEqual(try reader.nextPart()?.readText(limit: 100), "no name")
        XCTAssertNil(try reader.nextPart())
      }
    }
  }

  func testAPartThatIsLeftBehindCannotBeRead() throws {
    let reader = try reader([form])
    let title = try XCTUnwrap(reader.nextPart())
    let photo = try XCTUnwrap(reader.nextPart())
    assertThrows(MultipartReader.PartClosed.self) {
      _ = try title.receive(upTo: 1)
    } check: {
      XCTAssertEqual(
        "\($0)", "receive from part 'title' of a form: closed, or another part was begun")
    }
    XCTAssertEqual(try photo.receive(upTo: 2), Array("01".utf8))
    photo.close()
    photo.close()
    assertThrows(MultipartReader.PartClosed.self) { _ = try photo.receive(upTo: 1) }
    let nameless = try XCTUnwrap(reader.nextPart())
    XCTAssertNil(try reader.nextPart())
    assertThrows(MultipartReader.PartClosed.self) { _ = try nameless.receive(upTo: 1) }
  }

  func testPartsCanBeReadByLine() throws {
    let text = lines("--b", "", "one", "two", "--b--")
    let reader = try reader(text.map { [$0] })
    let part = try XCTUnwrap(reader.nextPart())
    let lineReader = BufferedReader(part)
    XCTAssertEqual(try lineReader.readLine(), "one")
    XCTAssertEqual(try lineReader.readLine(), "two")
    XCTAssertNil(try lineReader.readLine())
    XCTAssertNil(try reader.nextPart())
  }

  func testMoreThanTheLimitIsAnError() throws {
    for chunkSize in [1, 1000] {
      let reader = try reader([form], chunkSize: chunkSize)
      let part = try XCTUnwrap(reader.nextPart())
      assertThrows(StreamTooLong.self) { _ = try part.readAll(limit: 7) }
      XCTAssertEqual(try reader.nextPart()?.name, "photo")
    }
  }

  func testNoBytesAreAskedForIsAnError() throws {
    let part = try XCTUnwrap(reader([form]).nextPart())
    for count in [0, -1] {
      assertThrows(HubError.self) {
        _ = try part.receive(upTo: count)
      } check: {
        XCTAssertTrue("\($0)".contains("receiving \(count) bytes: at least one is possible"))
      }
    }
    XCTAssertEqual(try part.readText(limit: 8), "Holidays")
  }

  func testABodyThatEndsTooEarlyIsAnError() throws {
    let end = try XCTUnwrap((0...form.count).first { form[..<$0].suffix(5) == lines("--b--")[...] })
    for count in 0..<end {
      for isRead in [false, true] {
        let reader = try reader([Array(form[..<count])], chunkSize: 5)
        var error: (any Error)?
        do {
          while let part = try reader.nextPart() { if isRead { _ = try part.readAll(limit: 100) } }
        } catch let thrown { error = thrown }
        XCTAssertEqual(error as? FormError, .truncated, "\(count)")
        assertThrows(FormError.self) { _ = try reader.nextPart() }
      }
    }
  }

  func testNothingIsReceivedAheadOfNeed() throws {
    let source = Chunks([form, [UInt8](repeating: 0, count: 1000)])
    let reader = try MultipartReader(source, boundary: "b", chunkSize: 10)
    XCTAssertEqual(source.receivedCount, 0)
    _ = try reader.nextPart()
    // The fields have 57 bytes with all around them.
    XCTAssertLessThanOrEqual(source.receivedCount, 70)
    while try reader.nextPart() != nil {}
    XCTAssertLessThanOrEqual(source.receivedCount, form.count + 10)
  }

  func testTheContentTypeSaysTheBoundary() throws {
    for type in [
      "multipart/form-data; boundary=b", "Multipart/Form-Data;charset=utf-8; Boundary=\"b\"",
    ] {
      let reader = try MultipartReader(Chunks([form]), contentType: type)
      XCTAssertEqual(try reader.nextPart()?.name, "title")
    }
    for (type, error) in [
      (nil, .unsupportedType(nil)), ("", .unsupportedType("")),
      ("text/plain; boundary=b", .unsupportedType("text/plain; boundary=b")),
      ("multipart/mixed; boundary=b", .unsupportedType("multipart/mixed; boundary=b")),
      ("multipart/form-data; boundary=", .unsupportedType("multipart/form-data; boundary=")),
      ("multipart/form-data", .invalidBoundary(nil)),
      ("multipart/form-data; boundary=\"\"", .invalidBoundary("")),
      ("multipart/form-data; boundary=\"a \"", .invalidBoundary("a ")),
    ] as [(String?, FormError)] {
      assertThrows(FormError.self) {
        _ = try MultipartReader(Chunks([form]), contentType: type)
      } check: {
        XCTAssertEqual($0, error)
      }
    }
  }

  func testLimitsAreThoseOfTheParser() throws {
    var limits = MultipartParser.Limits()
    limits.maxPartCount = 1
    let reader = try reader([form], limits: limits)
    _ = try reader.nextPart()
    assertThrows(FormError.self) {
      _ = try reader.nextPart()
    } check: {
      XCTAssertEqual($0, .tooManyParts(limit: 1))
    }
  }
}
