import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Kills and times out a green thread in the middle of each call, with the body cut at every place:
/// the next call goes on where that one was.
final class MultipartReaderInterruptionTests: GreenTestCase {
  private let body = lines(
    "--b", "Content-Disposition: form-data; name=\"one\"", "", "first", "--b",
    "Content-Disposition: form-data; name=\"two\"", "", "sec\r\nond", "--b--")
  private let expected = ["one=first", "two=sec\r\nond"]

  /// Reads all parts, and goes on with the call that was interrupted.
  private final class Progress {
    let reader: MultipartReader
    var part: MultipartReader.Part?
    var content: [UInt8] = []
    var results: [String] = []

    init(_ source: any ByteSource) throws { reader = try MultipartReader(source, boundary: "b") }

    func run() throws {
      while true {
        if part == nil {
          part = try reader.nextPart()
          content = []
        }
        guard let part else { return }
        while case let piece = try part.receive(upTo: 100), !piece.isEmpty { content += piece }
        results.append("\(part.name ?? "")=\(String(decoding: content, as: UTF8.self))")
        self.part = nil
      }
    }
  }

  private func makePair() throws -> (GreenSocket, GreenSocket) {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { listener.close() }
    let client = try GreenSocket.connect(to: listener.localAddress)
    return (client, try listener.accept().socket)
  }

  func testNothingIsLost() throws {
    for means in [Interruption.kill, .scope] {
      let (client, server) = try makePair()
      for cut in body.indices {
        let before = HubHoldings()
        let progress = try Progress(server)
        if cut > 0 { try client.sendAll(Array(body[..<cut])) }
        let victim = try means.ofDescriptorWait("\(means) at \(cut)", makingReady: nil) { _ in
          try progress.run()
        }
        XCTAssertThrowsError(try victim.wait()) { means.assertThrown($0, "\(cut)") }
        try client.sendAll(Array(body[cut...]))
        try progress.run()
        XCTAssertEqual(progress.results, expected, "\(means) at \(cut)")
        XCTAssertEqual(HubHoldings(), before)
      }
      client.close()
      server.close()
    }
  }

  func testAnInterruptedStepToTheNextPartIsGoneOnWith() throws {
    for cut in body.indices {
      let (client, server) = try makePair()
      let reader = try MultipartReader(server, boundary: "b")
      if cut > 0 { try client.sendAll(Array(body[..<cut])) }
      var names: [String?] = []
      let victim = try Interruption.kill.ofDescriptorWait("\(cut)", makingReady: nil) { _ in
        while let part = try reader.nextPart() { names.append(part.name) }
      }
      XCTAssertTrue(victim.isFinished)
      try client.sendAll(Array(body[cut...]))
      while let part = try reader.nextPart() { names.append(part.name) }
      XCTAssertEqual(names, ["one", "two"], "\(cut)")
      client.close()
      server.close()
    }
  }

  func testAPartThatWasToBePassedOverIsNotReadWithAHole() throws {
    let (client, server) = try makePair()
    let reader = try MultipartReader(server, boundary: "b")
    try client.sendAll(lines("--b", "", "lost"))
    let part = try XCTUnwrap(reader.nextPart())
    _ = try Interruption.kill.ofDescriptorWait("next part", makingReady: nil) { _ in
      _ = try reader.nextPart()
    }
    try client.sendAll(lines("", "--b--"))
    assertThrows(MultipartReader.PartClosed.self) { _ = try part.receive(upTo: 1) }
    XCTAssertNil(try reader.nextPart())
    client.close()
    server.close()
  }

  func testAClientThatSendsFasterWaits() throws {
    let (client, server) = try makePair()
    let total = 64 << 20
    let sender = spawn {
      try client.sendAll(lines("--b", "", ""))
      let piece = [UInt8](repeating: 7, count: 1 << 16)
      for _ in 0..<total / piece.count { try client.sendAll(piece) }
      try client.sendAll(lines("", "--b--"))
    }
    let part = try XCTUnwrap(MultipartReader(server, boundary: "b").nextPart())
    for _ in 0..<10 { try GreenThread.yield() }
    // What buffers of the kernel take, and no more.
    XCTAssertFalse(sender.isFinished)
    var count = 0
    while case let piece = try part.receive(upTo: 1 << 20), !piece.isEmpty {
      XCTAssertLessThanOrEqual(piece.count, 16_384 + 5)
      count += piece.count
    }
    XCTAssertEqual(count, total)
    try sender.wait()
    client.close()
    server.close()
  }
}
