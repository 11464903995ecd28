import EventletCore
import EventletNet
import EventletTesting
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
      } catch is SocketTimeout {
        return (listener, clients)
      }
    }
  }

  func assertThrows<Failure: Error>(
    _ type: Failure.Type, file: StaticString = #filePath, line: UInt = #line,
    _ body: () throws -> Void, check: (Failure) -> Void = { _ in }
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      guard let error = error as? Failure else {
        XCTFail("\(Swift.type(of: error)): \(error)", file: file, line: line)
        return
      }
      check(error)
    }
  }
}
