import EventletCore
import EventletHTTPClient
import EventletNet
import EventletTesting
import XCTest

/// What drives the transfers of a client.
final class TransferEngineTests: ClientTestCase {
  private final class Value: Sendable {
    @TaskLocal static var present: Value?
  }

  func testItKeepsNothingOfWhoComesFirst() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    let client = makeClient()
    weak var value: Value?
    let first = spawn {
      let own = Value()
      value = own
      _ = try Value.$present.withValue(own) { try client.get(server.url) }
    }
    try settle()
    let second = spawn { try client.get(server.url) }
    try settle()
    XCTAssertNotNil(value)
    try first.kill()
    try settle()
    XCTAssertNil(value)
    XCTAssertEqual(client.statistics.transfers, 1)
    try second.kill()
  }
}
