import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// The calls beside those of SocketInterruptionTests: messages, descriptors, pieces, looks ahead.
///
/// Interrupted while it waits, and when what it waits for has come and it has not resumed: nothing is
/// taken then, and nothing held.
final class SocketCallInterruptionTests: NetTestCase {
  /// `call` waits for a byte that `makeReady` sends; `left` takes what has not been received.
  private func check(
    _ name: String, _ call: @escaping (Duration?) throws -> Void,
    makeReady: @escaping () throws -> Void,
    left: () throws -> [UInt8]
  ) throws {
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let name = "\(name), \(means), ready: \(isReady)"
        let before = HubHoldings()
        let victim = try means.ofDescriptorWait(
          name, makingReady: isReady ? makeReady : nil, call)
        if isReady, means == .own {
          try victim.wait()
        } else {
          XCTAssertThrowsError(try victim.wait(), name) { error in
            switch means {
            case .kill: XCTAssertTrue(error is GreenThreadExit, "\(name): \(error)")
            case .scope: XCTAssertTrue(error is Timeout, "\(name): \(error)")
            case .own: XCTAssertTrue(error is IOTimeout, "\(name): \(error)")
            }
          }
          if !isReady { try makeReady() }
          XCTAssertEqual(try left(), [7], name)
        }
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }

  // Eventlet: IO27
  func testReceivingMessages() throws {
    let (first, second) = try GreenDatagramSocket.pair()
    defer { first.close(); second.close() }
    func makeReady() throws { try second.send([7]) }
    func left() throws -> [UInt8] { try first.receive(upTo: 9, timeout: .seconds(1)).bytes }
    try check(
      "receive", { _ = try first.receive(upTo: 9, timeout: $0) }, makeReady: makeReady, left: left)
    try check(
      "receive many", { _ = try first.receiveMany(upTo: 3, of: 9, timeout: $0) },
      makeReady: makeReady, left: left)
  }

  func testReceivingPiecesAndDescriptors() throws {
    let (first, second) = try GreenSocket.pair()
    defer { first.close(); second.close() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
    defer { buffer.deallocate() }
    func makeReady() throws { try second.send([7], passing: [0]) }
    func left() throws -> [UInt8] {
      let (bytes, descriptors) = try first.receiveDescriptors(upTo: 2, timeout: .seconds(1))
      XCTAssertEqual(descriptors.count, 1)
      return bytes
    }
    try check(
      "pieces", { _ = try first.receive(into: [buffer], timeout: $0) }, makeReady: makeReady,
      left: left)
    try check(
      "descriptors", { _ = try first.receiveDescriptors(upTo: 1, timeout: $0) },
      makeReady: makeReady, left: left)
  }

  func testPeeking() throws {
    let (first, second) = try GreenSocket.pair()
    defer { first.close(); second.close() }
    try check(
      "peek",
      {
        _ = try first.peek(upTo: 3, timeout: $0)
        _ = try first.receive(upTo: 3)
      }, makeReady: { try second.sendAll([7]) },
      left: { try first.receive(upTo: 9, timeout: .seconds(1)) })
  }

  /// Of who waits for room, nothing is sent.
  func testSending() throws {
    let descriptors: [Int32] = [0]
    for send in [
      { _ = try $0.send([2], passing: descriptors, timeout: $1) },
      { try $0.sendAll([[2], [2]], timeout: $1) },
    ] as [(GreenSocket, Duration?) throws -> Void] {
      for means in Interruption.allCases {
        let (client, server) = try makeNarrowPair()
        let filled = try fill(client)
        let before = HubHoldings()
        let victim = try means.ofDescriptorWait("send", makingReady: nil) { try send(client, $0) }
        XCTAssertThrowsError(try victim.wait())
        XCTAssertEqual(HubHoldings(), before)
        XCTAssertEqual(try drain(server), [UInt8](repeating: 1, count: filled))
        client.close()
        server.close()
      }
    }
    for means in Interruption.allCases {
      let (first, second) = try GreenDatagramSocket.pair()
      var filled = 0
      do {
        while true { try first.send([1], timeout: .zero); filled += 1 }
      } catch SystemError.wouldBlock {}
      let victim = try means.ofDescriptorWait("send a message", makingReady: nil) {
        try first.sendMany([(bytes: [2], to: nil)], timeout: $0)
      }
      XCTAssertThrowsError(try victim.wait())
      for _ in 0..<filled { XCTAssertEqual(try second.receive(upTo: 9).bytes, [1]) }
      assertThrows(IOTimeout.self) { _ = try second.receive(upTo: 9, timeout: .seconds(1)) }
      first.close()
      second.close()
    }
  }
}
