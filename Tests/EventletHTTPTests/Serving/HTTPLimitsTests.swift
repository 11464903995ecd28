import EventletCore
import EventletHTTP
import EventletTesting
import HTTPTypes
import Testing
import XCTest

final class HTTPLimitsTests: HTTPTestCase {
  func testAsManyFieldsAsAllowedAreThere() throws {
    let most = 65_534
    let client = try connect {
      $0.limits.fields = 1 << 20
      $0.limits.fieldCount = most
    } handler: {
      .text("\($0.headerFields.count)")
    }
    let fields = { (count: Int) in String(repeating: "a:\r\n", count: count - 1) }
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields(most))\r\n")
    try client.expectResponse(200, "\(most)")
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields(most + 1))\r\n")
    try client.expectResponse(431)
  }
}

/// `HTTPFields` would end the process when a client sends them.
@Test(arguments: [-1, 65_535])
private func moreFieldsThanAreHeldEndTheProcess(count: Int) async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    [count] in
    var configuration = HTTPServer.Configuration()
    configuration.limits.fieldCount = count
    _ = HTTPServer(configuration: configuration) { _ in .text("") }
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("HTTPLimits: fieldCount \(count) is not in 0...65534"), "\(output)")
}
