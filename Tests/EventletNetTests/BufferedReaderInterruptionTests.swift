import EventletCore
import EventletNet
import EventletTesting
import XCTest

/// Kills and times out a green thread in the middle of each call of a reader, with the input cut
/// at every place: the next call begins where that one began.
final class BufferedReaderInterruptionTests: NetTestCase {
  private func check(
    _ name: String, _ input: String, cuts: Range<Int>? = nil,
    _ read: @escaping (BufferedReader) throws -> [UInt8]
  ) throws {
    let input = Array(input.utf8)
    for means in Interruption.allCases {
      for isReady in [false, true] {
        for cut in cuts ?? 0..<input.count {
          let before = HubHoldings()
          try check(
            "\(name), \(means), ready: \(isReady), cut: \(cut)", input, cut, means, isReady, read)
          XCTAssertEqual(HubHoldings(), before, name)
        }
      }
    }
  }

  private func check(
    _ name: String, _ input: [UInt8], _ cut: Int, _ means: Interruption, _ isReady: Bool,
    _ read: @escaping (BufferedReader) throws -> [UInt8]
  ) throws {
    let (client, server) = try makeNarrowPair()
    let sendRest = { try server.sendAll(Array(input[cut...])) }
    try server.sendAll(Array(input[..<cut]))
    let victim = try means.ofDescriptorWait(name, makingReady: isReady ? sendRest : nil) {
      XCTAssertEqual(client.reader.bufferedCount, cut, name)
    } _: { limit in
      client.timeout = limit
      return try read(client.reader)
    }
    client.timeout = nil
    var received: [UInt8]?
    do { received = try victim.wait() } catch {
      XCTAssertTrue(
        means == .kill ? error is GreenThreadExit : error is any TimeoutError, "\(name): \(error)")
    }
    XCTAssertEqual(received != nil, isReady && means == .own, name)
    if !isReady {
      XCTAssertEqual(client.reader.bufferedCount, cut, name)
      try sendRest()
    }
    XCTAssertEqual(try received ?? read(client.reader), input, name)
    XCTAssertEqual(client.reader.bufferedCount, 0, name)
    try server.shutdown(.writing)
    XCTAssertEqual(try client.reader.read(upTo: 1), [], name)
    client.close()
    server.close()
  }

  func testReadLine() throws {
    try check("readLine", "a line\r\n") { reader in
      Array((try reader.readLine() ?? "the end").utf8) + Array("\r\n".utf8)
    }
  }

  func testReadBytes() throws {
    try check("readBytes", "up to;") { reader in
      try reader.readBytes(through: UInt8(ascii: ";"), limit: 6) ?? []
    }
  }

  func testReadExactly() throws {
    try check("read exactly", "twelve bytes") { try $0.read(exactly: 12) }
  }

  func testReadUpTo() throws {
    try check("read up to", "whatever", cuts: 0..<1) { try $0.read(upTo: 100) }
  }
}
