import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Both ends live on one hub, and loopback delivers within the call: virtual
/// time works for sockets too.
class NetTestCase: GreenTestCase {
  let loopback = SocketAddress.ipv4("127.0.0.1", port: 0)

  /// Two connected sockets.
  func makePair() throws -> (client: GreenSocket, server: GreenSocket) {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let client = try GreenSocket.connect(to: listener.localAddress)
    return (client, try listener.accept().socket)
  }

  /// A listener that answers nobody any more: its line of clients not yet accepted is full.
  func makeSilentListener() throws -> (listener: GreenSocket, clients: [GreenSocket]) {
    let listener = try GreenSocket.listen(on: loopback, backlog: 0)
    var clients: [GreenSocket] = []
    while true {
      do {
        clients.append(try GreenSocket.connect(to: listener.localAddress, timeout: .seconds(1)))
      } catch is IOTimeout {
        return (listener, clients)
      }
    }
  }

  /// Two connected sockets with little room, none of which comes back before the peer receives.
  ///
  /// Not of TCP, which makes room when it likes.
  func makeNarrowPair() throws -> (client: GreenSocket, server: GreenSocket) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw SystemError(call: "socketpair", errno: errno)
    }
    let client = try GreenSocket(adopting: ends[0])
    try client.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
    return (client, try GreenSocket(adopting: ends[1]))
  }

  /// A connection made without a switch, and unknown to the hub.
  func connectedDescriptor(to address: SocketAddress) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
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
    return descriptor
  }

  /// Sends ones until there is no room, without waiting.
  /// - Returns: how many.
  func fill(_ socket: GreenSocket) throws -> Int {
    let block = [UInt8](repeating: 1, count: 65536)
    var sent = 0
    do {
      while true { sent += try block.withUnsafeBytes { try socket.send($0, timeout: .zero) } }
    } catch SystemError.wouldBlock { return sent }
  }

  /// Receives what is there, without waiting.
  func drain(_ socket: GreenSocket) throws -> [UInt8] {
    var received: [UInt8] = []
    do {
      while case let more = try socket.receive(upTo: 1 << 20, timeout: .zero), !more.isEmpty {
        received += more
      }
    } catch SystemError.wouldBlock {}
    return received
  }
}
