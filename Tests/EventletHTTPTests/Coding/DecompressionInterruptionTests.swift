import EventletCompression
import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletHTTP

/// Kills, timeouts and clients that go while a body is expanded.
final class DecompressionInterruptionTests: DecompressionTestCase {
  func testATimeoutLosesNothing() throws {
    for kind in StreamKind.allCases {
      for isChunked in [false, true] {
        let client = try connect(
          expanding: { request in
            var received: [UInt8] = []
            var timeouts = 0
            while !request.body.isAtEnd {
              do {
                try withTimeout(.seconds(1)) { received += try request.body.receive(upTo: 100) }
              } catch is Timeout { timeouts += 1 }
            }
            return .text("\(timeouts) \(received == Array(self.text.utf8))")
          }, over: kind)
        let bytes = post("gzip", encode(text, .gzip), isChunked: isChunked)
        try client.send(Array(bytes.dropLast(1000)))
        try GreenThread.sleep(for: .milliseconds(3500))
        try client.send(Array(bytes.suffix(1000)))
        try client.expectResponse(200, "3 true", fields: ["Connection": nil])
      }
    }
  }

  func testAKilledReaderLosesNothing() throws {
    for isChunked in [false, true] {
      let bytes = post("deflate", encode("green threads", .zlib), isChunked: isChunked)
      let begin = post("deflate", encode("", .zlib)).count
      for split in begin..<bytes.count {
        let client = try connect(expanding: { request in
          var received: [UInt8] = []
          let reader = spawn { try request.body.forEach { received += $0 } }
          try GreenThread.sleep(for: .seconds(2))
          try reader.kill()
          try request.body.forEach { received += $0 }
          return .bytes(received)
        })
        try client.send(Array(bytes[..<split]))
        Hub.current.schedule(after: .seconds(3)) { try? client.send(Array(bytes[split...])) }
        try client.expectResponse(200, "green threads")
      }
    }
  }

  func testASecondReaderIsAnErrorAndTheFirstGoesOn() throws {
    let client = try connect(expanding: { request in
      let first = spawn { try request.body.readAll() }
      try GreenThread.yield()
      for _ in 0..<2 {
        assertThrows(HubError.self) {
          _ = try request.body.receive(upTo: 1)
        } check: {
          guard case .secondWaiter = $0 else { return XCTFail("\($0)") }
        }
      }
      return .bytes(try first.wait())
    })
    let bytes = post("gzip", encode(text, .gzip))
    try client.send(Array(bytes.dropLast(100)))
    try client.settle()
    try client.send(Array(bytes.suffix(100)))
    XCTAssertTrue(try client.expectResponse(200).text == text)
    try client.expectIdle()
  }

  func testAClientThatGoesIsNobodysMistake() throws {
    let server = makeServer(handler: compose([requestDecompression()], around: echo))
    let address = try listen(server)
    let bytes = post("gzip", encode(text, .gzip))
    for isReset in [false, true] {
      let client = try connect(to: address)
      try client.send(Array(bytes.dropLast(100)))
      try client.settle()
      if isReset { try client.reset() } else { client.socket.close() }
      while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    }
    try assertServes(address)
  }
}
