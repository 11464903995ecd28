import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Other ends of a serving than `stop()`.
final class ServingEndTests: HTTPTestCase {
  // Eventlet: W118
  func testAKillOfTheServingClosesIdleConnectionsAndWaitsForNobody() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let idle = try connect(to: running.address)
    let active = try connect(to: running.address)
    try active.send(request: "GET /5")
    try active.settle()
    try running.thread.kill()
    assertThrows(GreenThreadExit.self) { try running.thread.wait() }
    assertRefuses(running.address)
    try idle.expectClosed()
    XCTAssertLessThan(clock.elapsed, .seconds(1))
    try active.expectResponse(200, "/5", fields: ["Connection": "close"])
    try active.expectClosed()
  }

  func testAKillWhileItWaitsForTheLastEndsTheWaiting() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let active = try connect(to: running.address)
    try active.send(request: "GET /5")
    try active.settle()
    running.server.stop()
    try active.settle()
    try running.thread.kill()
    assertThrows(GreenThreadExit.self) { try running.thread.wait() }
    XCTAssertLessThan(clock.elapsed, .seconds(1))
    try active.expectResponse(200, "/5", fields: ["Connection": "close"])
    try active.expectClosed()
  }

  // Eventlet: W118
  func testClosingTheListenerEndsTheServingWithAnError() throws {
    let server = makeServer { [sleepy] in try sleepy($0) }
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let serving = spawn { try server.serve(listener) }
    let idle = try connect(to: address)
    let active = try connect(to: address)
    try active.send(request: "GET /5")
    try active.settle()
    listener.close()
    XCTAssertThrowsError(try serving.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
    try idle.expectClosed()
    try active.expectResponse(200, "/5", fields: ["Connection": "close"])
    try active.expectClosed()
  }

  // Eventlet: W117
  func testADuplicateOfTheListenerServesOn() throws {
    let server = makeServer { _ in .text("first") }
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let other = try listener.duplicate()
    let serving = spawn { try server.serve(listener) }
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectResponse(200, "first")
    server.stop()
    try serving.wait()
    assertClosed(listener)
    let next = makeServer { _ in .text("second") }
    let nextServing = spawn { try next.serve(other) }
    let later = try connect(to: address)
    try later.send(request: "GET /")
    try later.expectResponse(200, "second")
    next.stop()
    try nextServing.wait()
  }

  func testAListenerThatCannotBeSaidOfIsClosed() throws {
    struct Odd: Error {}
    let server = makeServer { _ in .text("never") }
    var address: SocketAddress?
    assertThrows(Odd.self) {
      try server.serve(on: loopback) {
        address = $0
        throw Odd()
      }
    }
    assertRefuses(try XCTUnwrap(address))
  }
}
