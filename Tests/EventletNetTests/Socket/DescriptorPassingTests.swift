import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Descriptors over Unix-domain sockets.
///
/// `GreenTestCase` finds those that are left open.
final class DescriptorPassingTests: NetTestCase {
  private func makePipe() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    return (ends[0], ends[1])
  }

  func testADescriptorWorksAtTheOtherEnd() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { ours.close(); theirs.close() }
    let pipe = makePipe()
    defer { close(pipe.read) }
    XCTAssertEqual(try ours.send(Array("take".utf8), passing: [pipe.write]), 4)
    close(pipe.write)
    let (bytes, descriptors) = try theirs.receiveDescriptors(upTo: 4)
    XCTAssertEqual(bytes, Array("take".utf8))
    XCTAssertEqual(descriptors.count, 1)
    let passed = descriptors[0].take()
    defer { close(passed) }
    XCTAssertNotEqual(fcntl(passed, F_GETFD) & FD_CLOEXEC, 0)
    XCTAssertEqual(write(passed, "x", 1), 1)
    var byte: UInt8 = 0
    XCTAssertEqual(read(pipe.read, &byte, 1), 1)
    XCTAssertEqual(byte, UInt8(ascii: "x"))
    XCTAssertEqual(descriptors[0].description, "no descriptor")
  }

  func testAConnectionIsHandedOverWithTheMessage() throws {
    let (ours, theirs) = try GreenDatagramSocket.pair()
    defer { ours.close(); theirs.close() }
    let (client, server) = try makePair()
    defer { client.close() }
    let waiter = spawn { try theirs.receiveDescriptors(upTo: 1) }
    try GreenThread.yield()
    let number = try server.release()
    try ours.send([1, 2, 3], passing: [number])
    close(number)
    let (bytes, descriptors) = try waiter.wait()
    XCTAssertEqual(bytes, [1, 2, 3])
    let handedOver = try GreenSocket(adopting: descriptors[0].take())
    defer { handedOver.close() }
    try handedOver.sendAll("hello\n")
    XCTAssertEqual(try client.reader.readLine(), "hello")
  }

  func testWhatIsNotTakenIsClosed() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { ours.close(); theirs.close() }
    let pipe = makePipe()
    defer { close(pipe.read); close(pipe.write) }
    for _ in 0..<3 { try ours.send([0], passing: [pipe.read, pipe.write]) }
    XCTAssertEqual(try theirs.receiveDescriptors(upTo: 2).descriptors.count, 2)
    let descriptors = try theirs.receiveDescriptors(upTo: 2).descriptors
    descriptors[0].close()
    descriptors[0].close()
    // Dropped by a call that does not ask for them.
    XCTAssertEqual(try theirs.receive(upTo: 10), [0])
    try ours.send([1], passing: [pipe.read])
    // Still in the kernel when both ends close.
  }

  func testMoreThanThereIsRoomForIsAnErrorThatLeaksNothing() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { ours.close(); theirs.close() }
    let pipe = makePipe()
    defer { close(pipe.read); close(pipe.write) }
    for limit in [0, 1, 2] {
      try ours.send([9], passing: [pipe.read, pipe.write, pipe.read])
      assertThrows(SystemError.self) {
        _ = try theirs.receiveDescriptors(upTo: limit)
      } check: {
        XCTAssertEqual([$0.call, "\($0.errno)"], ["receive descriptors", "\(EMSGSIZE)"])
      }
    }
    try ours.sendAll("on")
    XCTAssertEqual(try theirs.receiveDescriptors(upTo: 1).bytes, Array("on".utf8))
  }

  func testTheMostThatTheKernelTakesGoesThrough() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { ours.close(); theirs.close() }
    try ours.send([0], passing: [Int32](repeating: 0, count: 253))
    XCTAssertEqual(try theirs.receiveDescriptors(upTo: 253).descriptors.count, 253)
    for call in [
      { _ = try ours.send([0], passing: [Int32](repeating: 0, count: 254)) },
      { _ = try ours.send([0], passing: []) }, { _ = try ours.send([], passing: [0]) },
      { _ = try theirs.receiveDescriptors(upTo: 254) },
      { _ = try theirs.receiveDescriptors(upTo: 1, bytesUpTo: 0) },
    ] as [() throws -> Void] {
      assertThrows(HubError.self, call)
    }
    assertThrows(SystemError.self) {
      try ours.send([0], passing: [-1])
    } check: {
      XCTAssertEqual($0.errno, EBADF)
    }
  }

  func testTheEndOfTheStreamHasNoDescriptors() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { theirs.close() }
    ours.close()
    let (bytes, descriptors) = try theirs.receiveDescriptors(upTo: 1)
    XCTAssertEqual(bytes, [])
    XCTAssertEqual(descriptors.count, 0)
  }

  /// They take their room before the descriptors.
  func testCredentialsDriveNoDescriptorOut() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { ours.close(); theirs.close() }
    try theirs.setOption(SOL_SOCKET, SO_PASSCRED, 1)
    for count in [1, 2, 253] {
      try ours.send([0], passing: [Int32](repeating: 0, count: count))
      XCTAssertEqual(try theirs.receiveDescriptors(upTo: count).descriptors.count, count)
    }
    try ours.send([0], passing: [0, 0])
    assertThrows(SystemError.self) { _ = try theirs.receiveDescriptors(upTo: 1) }
  }

  func testWhatIsNotAdoptedStaysWithThePassedDescriptor() throws {
    let (ours, theirs) = try GreenSocket.pair()
    let (c, d) = try GreenDatagramSocket.pair()
    defer { ours.close(); theirs.close() }
    let pipe = makePipe()
    try ours.send([0], passing: [pipe.read, pipe.write, c.fileDescriptor, ours.fileDescriptor, 0])
    for number in [pipe.read, pipe.write] { close(number) }
    let passed = try theirs.receiveDescriptors(upTo: 9).descriptors
    c.close()
    for descriptor in passed[..<2] {
      assertThrows(SystemError.self) { _ = try GreenSocket(adopting: descriptor) }
      assertThrows(SystemError.self) { _ = try GreenDatagramSocket(adopting: descriptor) }
    }
    let reader = try PipeReader(adopting: passed[0])
    let writer = try PipeWriter(adopting: passed[1])
    try writer.sendAll("through")
    XCTAssertEqual(try reader.receive(upTo: 10), Array("through".utf8))
    let messages = try GreenDatagramSocket(adopting: passed[2])
    try d.send("message")
    XCTAssertEqual(try messages.receive(upTo: 10).bytes, Array("message".utf8))
    let stream = try GreenSocket(adopting: passed[3])
    try stream.sendAll("stream")
    XCTAssertEqual(try theirs.receive(upTo: 10), Array("stream".utf8))
    XCTAssertEqual(
      passed.map { $0.description == "no descriptor" }, [true, true, true, true, false])
    for end in [reader, writer, messages, stream, d] as [GreenDescriptor] { end.close() }
  }
}
