import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Slices, spans, several pieces in one call, a look ahead, urgent data.
final class SocketPiecesTests: NetTestCase {
  private let data = (0..<1 << 18).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

  /// Receives up to the end, slowly enough to make the sender wait.
  private func collect(_ socket: GreenSocket) -> GreenThread<[UInt8]> {
    spawn {
      var received: [UInt8] = []
      while case let more = try socket.receive(upTo: 5000), !more.isEmpty {
        received += more
        try GreenThread.yield()
      }
      return received
    }
  }

  // Eventlet: IO35
  func testSlicesAndSpansAreSentWhole() throws {
    let (client, server) = try makeNarrowPair()
    defer { client.close(); server.close() }
    let received = collect(server)
    try client.sendAll(data[1000...])
    let copy = data
    try client.sendAll(copy.span.bytes)
    XCTAssertEqual(try client.send(copy.span.bytes.extracting(0..<1)), 1)
    try client.shutdown(.writing)
    XCTAssertTrue(try received.wait() == data[1000...] + data + data[..<1])
  }

  func testSpansAreFilled() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    var room = [UInt8](repeating: 9, count: 5)
    try server.sendAll([1, 2, 3])
    try receive(from: client, into: &room)
    XCTAssertEqual(room, [1, 2, 3, 9, 9])

    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
    defer { memory.deallocate() }
    var output = OutputRawSpan(buffer: memory, initializedCount: 1)
    try server.sendAll([4, 5, 6, 7])
    XCTAssertEqual(try client.receive(appendingTo: &output), 3)
    XCTAssertEqual(output.byteCount, 4)
    XCTAssertEqual(Array(memory[1...]), [4, 5, 6])
    // No room: it waits for readability, and takes nothing.
    XCTAssertEqual(try client.receive(appendingTo: &output), 0)
    XCTAssertEqual(try client.receive(upTo: 10), [7])
  }

  private func receive(from socket: GreenSocket, into room: inout [UInt8]) throws {
    var copy = room
    var span = copy.mutableSpan
    var bytes = span.mutableBytes
    XCTAssertEqual(try socket.receive(into: &bytes), 3)
    room = copy
  }

  // MARK: Vectors

  /// With every size of the first piece, the kernel's limits cut the pieces at every place.
  func testPiecesAreSentWholeAtEverySplit() throws {
    for first in [0, 1, 2, 100, 4095, 4096, 4097, 30000] {
      for size in [0, 1, 1000, 4096, 50000] {
        let (client, server) = try makeNarrowPair()
        defer { client.close(); server.close() }
        let received = collect(server)
        let arrays = [
          Array(data[..<first]), [], Array(data[first..<first + size]), Array(data[..<3]),
        ]
        try client.sendAll(arrays)
        try withUnsafePieces(of: arrays) { try client.sendAll($0) }
        try client.shutdown(.writing)
        XCTAssertTrue(
          try received.wait() == arrays.flatMap(\.self) + arrays.flatMap(\.self),
          "\(first), \(size)")
      }
    }
  }

  func testManyPiecesAreSentWhole() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let received = collect(server)
    let arrays = (0..<5000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0 % 5) }
    try client.sendAll(arrays)
    try withUnsafePieces(of: arrays) { try client.sendAll($0) }
    try client.sendAll([[UInt8]]())
    try client.shutdown(.writing)
    XCTAssertTrue(try received.wait() == arrays.flatMap(\.self) + arrays.flatMap(\.self))
  }

  /// One piece of memory, as several.
  private func withUnsafePieces(
    of arrays: [[UInt8]], _ body: ([UnsafeRawBufferPointer]) throws -> Void
  ) throws {
    let all = arrays.flatMap(\.self)
    try all.withUnsafeBytes { bytes in
      var pieces: [UnsafeRawBufferPointer] = []
      var start = 0
      for array in arrays {
        pieces.append(UnsafeRawBufferPointer(rebasing: bytes[start..<start + array.count]))
        start += array.count
      }
      try body(pieces)
    }
  }

  // Eventlet: IO34
  func testAVectorThatDoesNotFitIsSentInPart() throws {
    let (client, server) = try makeNarrowPair()
    defer { client.close(); server.close() }
    var sent = 0
    try withUnsafePieces(of: [Array(data[..<10]), data]) { pieces in
      sent = try client.send(pieces)
      XCTAssertGreaterThan(sent, 10)
      XCTAssertLessThan(sent, data.count)
      XCTAssertEqual(try client.send([UnsafeRawBufferPointer]()), 0)
      assertThrows(IOTimeout.self) {
        while true { sent += try client.send(pieces, timeout: .seconds(1)) }
      }
    }
    XCTAssertEqual(try drain(server).count, sent)
  }

  func testPiecesOfMemoryAreFilledInOrder() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: [UInt8](repeating: 0, count: 10))
    let pieces = [
      UnsafeMutableRawBufferPointer(rebasing: memory[0..<2]),
      UnsafeMutableRawBufferPointer(rebasing: memory[4..<4]),
      UnsafeMutableRawBufferPointer(rebasing: memory[6..<10]),
    ]
    try server.sendAll([1, 2, 3, 4])
    XCTAssertEqual(try client.receive(into: pieces), 4)
    XCTAssertEqual(Array(memory), [1, 2, 0, 0, 0, 0, 3, 4, 0, 0])
    let waiter = spawn { try client.receive(into: pieces) }
    try GreenThread.yield()
    try server.sendAll([5, 6, 7, 8, 9, 10, 11])
    XCTAssertEqual(try waiter.wait(), 6)
    XCTAssertEqual(try client.receive(into: [pieces[1]]), 0)
    XCTAssertEqual(try client.receive(into: pieces), 1)
    try server.shutdown(.writing)
    XCTAssertEqual(try client.receive(into: pieces), 0)
    assertThrows(HubError.self) {
      _ = try client.receive(
        into: [UnsafeMutableRawBufferPointer](repeating: pieces[0], count: 1025))
    }
  }

  // MARK: Ahead, and out of band

  func testPeekingTakesNothing() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let peeker = spawn { try client.peek(upTo: 3) }
    try GreenThread.yield()
    try server.sendAll("abcd")
    XCTAssertEqual(try peeker.wait(), Array("abc".utf8))
    XCTAssertEqual(try client.peek(upTo: 100), Array("abcd".utf8))
    XCTAssertEqual(try client.receive(upTo: 100), Array("abcd".utf8))
    assertThrows(IOTimeout.self) { _ = try client.peek(upTo: 1, timeout: .seconds(1)) }
    try server.shutdown(.writing)
    XCTAssertEqual(try client.peek(upTo: 1), [])
    assertThrows(HubError.self) { _ = try client.peek(upTo: 0) }
  }

  func testUrgentDataOvertakesTheStream() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    XCTAssertNil(try client.receiveUrgent())
    let waiter = spawn { try GreenSocket.select(exceptional: [client]).exceptional.count }
    try GreenThread.yield()
    try server.sendAll("before")
    try GreenThread.yield()
    XCTAssertFalse(waiter.isFinished)
    try server.sendUrgent(33)
    try server.sendAll("behind")
    XCTAssertEqual(try waiter.wait(), 1)
    XCTAssertEqual(try client.receiveUrgent(), 33)
    XCTAssertNil(try client.receiveUrgent())
    XCTAssertFalse(try client.isAtUrgentMark)
    XCTAssertEqual(try client.receive(upTo: 100), Array("before".utf8))
    XCTAssertTrue(try client.isAtUrgentMark)
    XCTAssertEqual(try client.receive(upTo: 100), Array("behind".utf8))
  }

  func testUrgentDataMayBePartOfTheStream() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try client.setOption(.urgentInline, true)
    try server.sendAll("ab")
    try server.sendUrgent(UInt8(ascii: "c"))
    try server.sendAll("d")
    XCTAssertEqual(try client.receive(upTo: 100), Array("ab".utf8))
    XCTAssertTrue(try client.isAtUrgentMark)
    XCTAssertNil(try client.receiveUrgent())
    XCTAssertEqual(try client.receive(upTo: 100), Array("cd".utf8))
  }

  // Eventlet: IO32
  func testACallThatMustNotWaitDoesNot() throws {
    let (client, server) = try makeNarrowPair()
    defer { client.close(); server.close() }
    _ = try fill(client)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
    defer { buffer.deallocate() }
    for call in [
      { _ = try client.receive(upTo: 1, timeout: .zero) },
      { _ = try client.receive(into: buffer, timeout: .zero) },
      { _ = try client.receive(into: [buffer], timeout: .zero) },
      { _ = try client.peek(upTo: 1, timeout: .zero) },
      { _ = try client.receiveDescriptors(upTo: 1, timeout: .zero) },
      { try client.waitUntilPeerCloses(timeout: .zero) },
      { try client.sendAll([1], timeout: .zero) },
      { try client.sendAll([[1], [2]], timeout: .zero) },
      { _ = try client.send([1], passing: [0], timeout: .zero) },
      { _ = try client.copy(to: server, timeout: .zero) },
    ] as [() throws -> Void] {
      assertDoesNotSwitch {
        assertThrows(SystemError.self, call) { XCTAssertEqual($0.errno, EAGAIN) }
      }
    }
  }

  /// The kernel would keep the end of the message back for 200 ms.
  func testEmptyPiecesAtTheEndHoldNothingUp() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try client.sendAll([[UInt8]](repeating: [1], count: 16) + [[], []])
    XCTAssertEqual(try server.receive(upTo: 100, timeout: .zero).count, 16)
    try client.sendAll([[], []] as [[UInt8]])
  }
}
