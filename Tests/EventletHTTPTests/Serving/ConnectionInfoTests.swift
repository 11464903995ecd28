import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Addresses that a handler sees of the connection.
final class ConnectionInfoTests: HTTPTestCase {
  private func addresses(_ request: ServerRequest) -> ServerResponse {
    let connection = request.connection
    XCTAssertFalse(connection.isSecure)
    XCTAssertEqual(request.scheme, "http")
    return .text(
      [connection.remoteAddress, connection.localAddress]
        .map { $0.map { "\($0.host) \($0.port)" } ?? "none" }.joined(separator: ", "))
  }

  // Eventlet: W28
  func testAddressesOfIPv6AreWithoutBrackets() throws {
    let address = try listen(makeServer(handler: addresses), on: .ipv6("::1", port: 0))
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectResponse(
      200, "::1 \(try client.socket.localAddress.port), ::1 \(address.port)")
  }

  func testAddressesOfIPv4() throws {
    let address = try listen(makeServer(handler: addresses))
    let client = try connect(to: address)
    for _ in 0..<2 {
      try client.send(request: "GET /")
      try client.expectResponse(
        200, "127.0.0.1 \(try client.socket.localAddress.port), 127.0.0.1 \(address.port)")
    }
  }

  func testTheStreamIsThereWhileTheConnectionIs() throws {
    var kept: ConnectionInfo?
    let server = makeServer { request in
      kept = request.connection
      XCTAssertNil(request.connection.proxyHeader)
      return .text("\((request.connection.stream as? GreenSocket)?.fileDescriptor ?? -1)")
    }
    let (near, far) = try GreenSocket.pair()
    let client = RawClient(near, servedBy: spawn { try server.serve(connection: far) })
    try client.send(request: "GET /")
    try client.expectResponse(200, "\(far.fileDescriptor)")
    try client.finish()
    XCTAssertNotNil(kept)
    XCTAssertNil(kept?.stream)
  }

  func testAConnectionIsAsSecureAsTheCallerSays() throws {
    for isSecure in [true, false] {
      let server = makeServer { .text("\($0.connection.isSecure) \($0.scheme)") }
      let (near, far) = try GreenSocket.pair()
      let client = RawClient(
        near, servedBy: spawn { try server.serve(connection: far, isSecure: isSecure) })
      try client.send(request: "GET /")
      try client.expectResponse(200, isSecure ? "true https" : "false http")
      try client.finish()
    }
  }

  func testTheAddressOfAStreamIsWhatTheCallerSays() throws {
    let server = makeServer(handler: addresses)
    let (near, far) = try GreenSocket.pair()
    let client = RawClient(
      near,
      servedBy: spawn {
        try server.serve(connection: far, remoteAddress: .ipv4("192.0.2.1", port: 99))
      })
    try client.send(request: "GET /")
    let text = try client.expectResponse(200).text
    XCTAssertTrue(text.hasPrefix("192.0.2.1 99, "), text)
    try client.finish()
  }
}
