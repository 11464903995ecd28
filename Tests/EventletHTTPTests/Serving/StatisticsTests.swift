import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What a server counts.
final class StatisticsTests: HTTPTestCase {
  func testConnectionsAndRequestsAreCounted() throws {
    struct Odd: Error {}
    let server = makeServer { request in
      try GreenThread.sleep(for: .seconds(1))
      if request.path == "/odd" { throw Odd() }
      return .text(request.path)
    }
    let address = try listen(server)
    let clients = try (0..<3).map { _ in try connect(to: address) }
    for client in clients[..<2] { try client.send(request: "GET /") }
    try clients[0].settle()
    XCTAssertEqual(server.connectionCount, 3)
    XCTAssertEqual(server.statistics.connectionCount, 3)
    XCTAssertEqual(server.statistics.requestCount, 2)
    XCTAssertEqual(server.statistics.activeCount, 2)
    for client in clients[..<2] { try client.expectResponse(200) }
    try clients[0].settle()
    XCTAssertEqual(server.statistics.activeCount, 0)
    try clients[2].send("nonsense\r\n\r\n")
    try clients[2].expectResponse(400)
    try clients[1].send(request: "GET /odd")
    try clients[1].expectResponse(500)
    for client in clients { client.socket.close() }
    try clients[0].settle()
    XCTAssertEqual(server.connectionCount, 0)
    XCTAssertEqual(server.statistics.connectionCount, 3)
    XCTAssertEqual(server.statistics.requestCount, 3)
    XCTAssertEqual(server.statistics.refusedCount, 1)
    XCTAssertEqual(server.statistics.activeCount, 0)
    expectReports("Odd()")
  }
}
