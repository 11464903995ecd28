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
