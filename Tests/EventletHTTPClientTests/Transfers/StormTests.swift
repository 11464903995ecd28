import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTLS
import EventletTesting
import HTTPTypes
import XCTest

/// Many requests at once, of which some are killed, run out of time or are dropped at any moment.
final class StormTests: ClientTestCase {
  /// Answers late, in pieces, with an error or not at all, as the path says.
  private func moody() throws -> String {
    try serve { request in
      let number = Int(request.path.dropFirst()) ?? 0
      try GreenThread.sleep(for: .milliseconds(number % 7))
      switch number % 5 {
      case 0: return .text(String(repeating: "x", count: number % 3 * 100_000))
      case 1:
        return .init(
          body: .stream { writer in
            for _ in 0..<4 {
              try writer.write([UInt8](repeating: 7, count: 20_000))
              try writer.flush()
              try GreenThread.sleep(for: .milliseconds(number % 3))
            }
          })
      case 2: return .redirect(to: "/\(number + 1)")
      case 3: return .text("\(try request.body.readAll().count)")
      default: throw HTTPError(.serviceUnavailable)
      }
    }
  }

  private func ask(_ client: HTTPClient, _ url: String, _ number: Int) throws {
    let body = HTTPClientBody.stream { writer in
      for _ in 0..<8 { try writer.write([UInt8](repeating: 1, count: 30_000)) }
    }
    var request = HTTPClientRequest(
      number % 5 == 3 ? .put : .get, "\(url)/\(number)", body: number % 5 == 3 ? body : .none)
    request.timeout = number % 11 == 0 ? .milliseconds(3) : nil
    let response = try client.send(request)
    switch number % 4 {
    case 0: _ = try response.bytes()
    case 1: _ = try response.receive(upTo: 100)
    case 2: try response.requireSuccess()
    default: break
    }
  }

  func testNothingIsLeft() throws {
    let url = try moody()
    var random = SplitMix64(seed: 7)
    let client = makeClient {
      $0.connectionsPerHost = 20
      $0.limits.body = 150_000
    }
    var threads: [GreenThread<Void>] = []
    for _ in 0..<300 {
      let number = Int.random(in: 0..<10_000, using: &random)
      threads.append(spawn { try? self.ask(client, url, number) })
      if number % 3 == 0 { try GreenThread.sleep(for: .milliseconds(number % 2)) }
      if number % 5 == 0, let victim = threads.randomElement(using: &random), !victim.isFinished {
        try victim.kill()
      }
    }
    for thread in threads { try? thread.wait() }
    try settle()
    XCTAssertEqual(client.statistics.transfers, 0)
    XCTAssertLessThanOrEqual(client.statistics.connections, 20)
    XCTAssertEqual(try client.get("\(url)/10").text(), String(repeating: "x", count: 100_000))
  }

  func testNoMoreConnectionsThanAllowed() throws {
    var present = 0
    var most = 0
    let url = try serve { _ in
      present += 1
      most = max(most, present)
      try GreenThread.sleep(for: .seconds(1))
      present -= 1
      return .text("")
    }
    let client = makeClient { $0.connectionsPerHost = 2 }
    let begin = clock.elapsed
    let threads = (0..<6).map { _ in spawn { try client.get(url).text() } }
    for thread in threads { _ = try thread.wait() }
    XCTAssertEqual(most, 2)
    XCTAssertGreaterThanOrEqual(clock.elapsed - begin, .seconds(3))
    XCTAssertEqual(client.statistics.connections, 2)
  }

  func testIdleConnectionsAreLimited() throws {
    let url = try serve { _ in
      try GreenThread.sleep(for: .seconds(1))
      return .text("")
    }
    let client = makeClient { $0.idleConnections = 3 }
    let threads = (0..<10).map { _ in spawn { try client.get(url).text() } }
    for thread in threads { _ = try thread.wait() }
    XCTAssertEqual(client.statistics.connections, 3)
  }

  func testNoConnectionIsKept() throws {
    let url = try serve { _ in .text("good") }
    let client = makeClient { $0.idleConnections = 0 }
    for _ in 0..<2 {
      XCTAssertEqual(try client.get(url).text(), "good")
      XCTAssertEqual(client.statistics.connections, 0)
    }
  }

  func testThoseThatWaitComeToTheirTurn() throws {
    for secure in [false, true] {
      var count = 0
      let context = try TLSServerContext(
        TLSServerConfiguration(
          identity: TLSIdentity(
            certificateChain: .text(TestCertificate.certificate),
            privateKey: .text(TestCertificate.key))))
      let url = try serve(over: secure ? context : nil) { _ in
        count += 1
        if count == 1 { try GreenThread.sleep(for: .seconds(1000)) }
        return .text("good")
      }
      let client = makeClient {
        $0.connectionsPerHost = 1
        $0.timeouts.head = nil
        $0.resolver = FixedResolver(["localhost": ["127.0.0.1"]])
        $0.tls.verification = .dangerouslyNothing
      }
      let holder = spawn { try client.get(url).text() }
      try GreenThread.sleep(for: .seconds(1))
      let waiting = (0..<5).map { _ in spawn { try client.get(url).text() } }
      try GreenThread.sleep(for: .seconds(1))
      try waiting[0].kill()
      try waiting[3].kill()
      try holder.kill()
      for index in [1, 2, 4] {
        XCTAssertEqual(try withTimeout(.seconds(20)) { try waiting[index].wait() }, "good")
      }
    }
  }
}
