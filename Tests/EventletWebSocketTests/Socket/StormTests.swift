import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

/// All at once, at random; the seed tells which.
final class StormTests: WebSocketTestCase {
  /// Who reads changes all the time.
  func testMessagesKeepTheirOrderWhoeverReads() throws {
    for seed in 0..<60 as Range<UInt64> {
      let kind = StreamKind.allCases[Int(seed % 3)]
      var generator = SplitMix64(seed: seed)
      let (client, server) = try rawClient(over: kind) {
        if seed % 2 == 0 {
          $0.heartbeat = WebSocket.Heartbeat(interval: .nanoseconds(200), timeout: .seconds(1000))
        }
      }
      let delays = (0..<400).map { _ in Int.random(in: 0..<12, using: &generator) }
      let sender = spawn {
        for number in 0..<200 {
          try client.send(1, "\(number)")
          if delays[number] < 3 { try GreenThread.sleep(for: .nanoseconds(delays[number] * 4)) }
        }
      }
      let answerer = spawn {
        while let frame = try client.receive() {
          if frame.opcode == 9 { try client.send(RawFrame(opcode: 10, payload: frame.payload)) }
        }
      }
      let pingers = (0..<30).map { number in
        spawn {
          try GreenThread.sleep(for: .nanoseconds(1 + delays[number] * 7))
          try server.ping(timeout: delays[number + 50] < 4 ? .nanoseconds(delays[number]) : nil)
        }
      }
      // Plain streams cannot be interrupted while they send.
      let killer = spawn {
        for (number, pinger) in pingers.enumerated() where kind == .socket && number % 2 == 0 {
          try GreenThread.sleep(for: .nanoseconds(3))
          try pinger.kill()
        }
      }
      var got: [String] = []
      var round = 0
      while got.count < 200 {
        round += 1
        let delay = delays[round % 400]
        do {
          if delay < 6 {
            let message = try withTimeout(.nanoseconds(delay)) { try server.receive() }
            got.append(message?.text ?? "end")
          } else {
            let message = try server.receive(timeout: .microseconds(2))
            got.append(message?.text ?? "end")
          }
        } catch is any TimeoutError {} catch is IOTimeout where round % 400 > 0 {}
        if got.last == "end" { break }
      }
      XCTAssertEqual(got, (0..<200).map { "\($0)" }, "seed \(seed) \(kind)")
      try sender.wait()
      try killer.wait()
      try GreenThread.sleep(for: .microseconds(2))
      server.abort()
      for pinger in pingers { do { try pinger.wait() } catch {} }
      _ = try? answerer.wait()
    }
  }

  private func text(_ id: Int, _ size: Int) -> String {
    "\(id):" + (0..<size / 8).map { "\(($0 &* 2_654_435_761 &+ id * 31) % 9973) " }.joined()
  }

  private func storm(seed: UInt64, deflate: Bool, pieces: Bool) throws {
    var generator = SplitMix64(seed: seed)
    let (client, server) = try pair({ $0.maxUnsentBytes = 4 << 20 }, deflate: deflate)
    try XCTUnwrap(server.stream as? GreenSocket).setOption(.sendBufferSize, 4096)
    var done: Set<Int> = []
    var expected: [Int: String] = [:]
    var threads: [GreenThread<Void>] = []
    for id in 0..<60 {
      let size = Int.random(in: 0..<4, using: &generator) == 0 ? 60_000 : 400
      let text = text(id, size)
      expected[id] = text
      let kind = Int.random(in: 0..<5, using: &generator)
      let delay = Int.random(in: 0..<20, using: &generator)
      threads.append(
        spawn {
          try GreenThread.sleep(for: .nanoseconds(1 + delay))
          switch kind {
          case 0: try server.sendNoWait(PreparedMessage(text))
          case 1 where pieces:
            // Not killed: that ends the connection.
            try server.sendPieces(.text) { writer in
              for start in stride(from: 0, to: text.utf8.count, by: 9000) {
                try writer.write(
                  Array(Array(text.utf8)[start..<min(start + 9000, text.utf8.count)]))
                try GreenThread.yield()
              }
            }
          case 2: try server.send(text, timeout: .nanoseconds(delay + 1))
          default: try server.send(text)
          }
          done.insert(id)
        })
      if kind >= 3, Int.random(in: 0..<3, using: &generator) == 0 {
        let victim = threads[id]
        let time = Int.random(in: 0..<30, using: &generator)
        spawn {
          try GreenThread.sleep(for: .nanoseconds(1 + time))
          try victim.kill()
        }
      }
    }
    var received: [Int: Int] = [:]
    let reader = spawn {
      while let message = try client.receive() {
        guard case .text(let text) = message, let colon = text.firstIndex(of: ":"),
          let id = Int(text[..<colon]), expected[id] == text
        else {
          XCTFail("seed \(seed): a message that nobody has sent")
          return
        }
        received[id, default: 0] += 1
        try GreenThread.sleep(for: .nanoseconds(1))
      }
    }
    for thread in threads { do { try thread.wait() } catch {} }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertNil(client.end, "seed \(seed)")
    XCTAssertNil(server.end, "seed \(seed)")
    XCTAssertTrue(received.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    XCTAssertTrue(done.allSatisfy { received[$0] == 1 }, "seed \(seed): lost")
    XCTAssertEqual(server.unsentByteCount, 0)
    server.abort()
    client.abort()
    try reader.wait()
  }

  func testAStormOfSendersMixesAndLosesNothing() throws {
    for seed in 0..<40 as Range<UInt64> {
      try storm(seed: seed, deflate: seed % 2 == 0, pieces: seed % 4 < 2)
    }
  }
}
