import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import XCTest

extension RawClient {
  /// Connects by sockets with room for little that the client has not received yet.
  ///
  /// Not of TCP, which makes room when it likes.
  convenience init(narrowOf server: HTTPServer) throws {
    let (near, far) = try GreenSocket.pair()
    try far.setOption(.sendBufferSize, 4096)
    self.init(near, servedBy: spawn { try server.serve(connection: far) })
  }

  /// Connects by sockets that keep what is sent at a time apart, see ``receiveSending()``.
  convenience init(apartOf server: HTTPServer) throws {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw SystemError(call: "socketpair", errno: errno)
    }
    let far = try GreenSocket(adopting: ends[1])
    self.init(
      try GreenSocket(adopting: ends[0]), servedBy: spawn { try server.serve(connection: far) })
  }

  /// Connects by TCP without a switch, in which the server could accept it.
  convenience init(unnoticedTo address: SocketAddress) throws {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var there = sockaddr_in()
    there.sin_family = sa_family_t(AF_INET)
    there.sin_port = address.port.bigEndian
    inet_pton(AF_INET, address.host, &there.sin_addr)
    let result = withUnsafePointer(to: &there) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw SystemError(call: "connect", errno: errno) }
    self.init(try GreenSocket(adopting: descriptor), servedBy: nil)
  }

  /// What the server has sent by one call.
  func receiveSending() throws -> String {
    String(decoding: try socket.receive(upTo: 1 << 20), as: UTF8.self)
  }

  /// Breaks the connection off.
  func reset() throws {
    try socket.setOption(.linger, .zero)
    socket.close()
  }

  /// Fails the test unless the server breaks the connection off, whatever it has sent before.
  func expectReset(file: StaticString = #filePath, line: UInt = #line) throws {
    _ = try readToEnd()
    XCTAssertEqual(end, .reset, file: file, line: line)
  }
}

extension HTTPTestCase {
  /// A client whose server finds no room to send until so many bytes have been read.
  func connectWithoutRoom(to server: HTTPServer) throws -> (RawClient, count: Int) {
    let (near, far) = try GreenSocket.pair()
    let junk = [UInt8](repeating: 0, count: 65_536)
    var count = 0
    do {
      while true { count += try junk.withUnsafeBytes { try far.send($0, timeout: .zero) } }
    } catch SystemError.wouldBlock {}
    return (RawClient(near, servedBy: spawn { try server.serve(connection: far) }), count)
  }

  /// Fails the test unless as many errors have been reported, each with its text.
  func expectReports(
    _ texts: String..., file: StaticString = #filePath, line: UInt = #line
  ) {
    let reports = takeUncaughtErrors().map { "\($0)" }
    XCTAssertEqual(reports.count, texts.count, "\(reports)", file: file, line: line)
    for (report, text) in zip(reports, texts) {
      XCTAssertTrue(report.contains(text), "'\(report)' without '\(text)'", file: file, line: line)
    }
  }

  /// Fails the test unless the socket is closed.
  func assertClosed(
    _ listener: GreenSocket, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertThrowsError(try listener.localAddress, file: file, line: line) { error in
      guard case SystemError.badDescriptor = error else {
        return XCTFail("\(error)", file: file, line: line)
      }
    }
  }
}
