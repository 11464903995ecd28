import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Descriptors that were made elsewhere, and are no TCP sockets perhaps.
final class SocketAdoptionTests: NetTestCase {
  // Eventlet: IO7, IO47
  func testAdoptingWhatIsNotOpenIsAnErrorAndLeavesNothing() throws {
    let closed = dup(0)
    Glibc.close(closed)
    for descriptor in [-1, closed] {
      assertThrows(SystemError.self) {
        _ = try GreenSocket(adopting: descriptor)
      } check: {
        XCTAssertEqual($0.errno, EBADF)
      }
    }
    XCTAssertEqual(Hub.current.statistics.descriptors, 0)
  }

  // Eventlet: IO1, IO22
  func testDescriptorsAreNonBlocking() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    for socket in [client, server] {
      XCTAssertNotEqual(fcntl(socket.fileDescriptor, F_GETFL) & O_NONBLOCK, 0)
      XCTAssertNotEqual(fcntl(socket.fileDescriptor, F_GETFD) & FD_CLOEXEC, 0)
    }
  }

  /// A pair of Unix sockets.
  private func makeUnixPair(_ kind: __socket_type) throws -> [GreenSocket] {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(
      socketpair(AF_UNIX, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends), 0)
    return try ends.map { try GreenSocket(adopting: $0) }
  }

  // A message is shorter than the room for it although another one is there.
  func testAdoptedSocketsOfMessagesReceiveAllOfThem() throws {
    for kind in [SOCK_DGRAM, SOCK_SEQPACKET] {
      let pair = try makeUnixPair(kind)
      defer { for socket in pair { socket.close() } }
      assertThrows(IOTimeout.self) { _ = try pair[0].receive(upTo: 1, timeout: .seconds(1)) }
      for text in ["one", "two", "three"] { try pair[1].sendAll(text) }
      for text in ["one", "two", "three"] {
        XCTAssertEqual(try pair[0].receive(upTo: 100, timeout: .seconds(1)), Array(text.utf8))
      }
    }
  }

  // A stream of Unix sockets stops at each descriptor that was sent along.
  func testAdoptedUnixStreamsReceiveWhatFollowsAPassedDescriptor() throws {
    let pair = try makeUnixPair(SOCK_STREAM)
    defer { for socket in pair { socket.close() } }
    assertThrows(IOTimeout.self) { _ = try pair[0].receive(upTo: 1, timeout: .seconds(1)) }
    try pair[1].sendAll("before")
    sendDescriptor(0, over: pair[1].fileDescriptor)
    try pair[1].sendAll("behind")
    var received: [UInt8] = []
    while received.count < 13 {
      received += try pair[0].receive(upTo: 100, timeout: .seconds(1))
    }
    XCTAssertEqual(received, Array("before!behind".utf8))
  }

  /// Sends an exclamation mark and a descriptor.
  private func sendDescriptor(_ passed: Int32, over descriptor: Int32) {
    var byte = UInt8(ascii: "!")
    var control = [Int](repeating: 0, count: 3)
    withUnsafeMutablePointer(to: &byte) { byte in
      control.withUnsafeMutableBytes { control in
        control.storeBytes(of: 20, as: Int.self)
        control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
        control.storeBytes(of: Int32(SCM_RIGHTS), toByteOffset: 12, as: Int32.self)
        control.storeBytes(of: passed, toByteOffset: 16, as: Int32.self)
        var data = iovec(iov_base: byte, iov_len: 1)
        withUnsafeMutablePointer(to: &data) { data in
          var message = msghdr()
          message.msg_iov = data
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = 20
          XCTAssertEqual(sendmsg(descriptor, &message, 0), 1)
        }
      }
    }
  }

  func testAdoptingWhatIsNoSocketIsAnErrorAndChangesNothing() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { Glibc.close(end) } }
    assertThrows(SystemError.self) {
      _ = try GreenSocket(adopting: ends[0])
    } check: {
      XCTAssertEqual($0.errno, ENOTSOCK)
    }
    XCTAssertEqual(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0)
  }

  func testASocketOfAnUnknownFamilyHasNoAddressAndAcceptsNobody() throws {
    // Netlink, as one of those that anybody may open.
    let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 0)
    try XCTSkipIf(descriptor < 0, "no netlink here")
    let socket = try GreenSocket(adopting: descriptor)
    defer { socket.close() }
    for (call, use) in [
      ("accept", { _ = try socket.accept(timeout: .seconds(1)) }),
      ("getsockname", { _ = try socket.localAddress }),
    ] as [(String, () throws -> Void)] {
      assertThrows(SystemError.self) {
        try use()
      } check: {
        XCTAssertEqual([$0.call, "\($0.errno)"], [call, "\(EAFNOSUPPORT)"])
      }
    }
  }
}
