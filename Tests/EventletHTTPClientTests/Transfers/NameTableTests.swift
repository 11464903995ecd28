import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// What the client knows of names.
final class NameTableTests: ClientTestCase {
  func testAddressesAreKeptForAMinute() throws {
    let server = try serveRaw { socket in
      while true { try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    }
    let resolver = SlowResolver(["a.test": ["127.0.0.1"]])
    let client = makeClient { $0.resolver = resolver }
    for (pause, count) in [(0, 1), (50, 1), (20, 2)] {
      try GreenThread.sleep(for: .seconds(pause))
      XCTAssertEqual(try client.get("http://a.test:\(server.port)/").text(), "ok")
      XCTAssertEqual(resolver.count, count)
    }
    // And not when nobody can be reached there.
    for count in 3...4 {
      _ = try clientError { try client.get("http://a.test:1/") }
      XCTAssertEqual(resolver.count, count)
    }
  }

  func testNamesAreForgotten() throws {
    var hosts: [String: [IPAddress]] = [:]
    for number in 0..<3100 { hosts["host\(number).test"] = ["127.0.0.1"] }
    let url = try serve { _ in .text("") }
    let served = try XCTUnwrap(url.split(separator: ":").last)
    // Nobody can be reached at the one.
    for port in ["1", served] {
      let client = makeClient {
        $0.resolver = FixedResolver(hosts)
        $0.idleConnections = 0
      }
      func ask(_ numbers: Range<Int>) throws {
        for number in numbers { _ = try? client.get("http://host\(number).test:\(port)/").text() }
      }
      try ask(0..<1100)
      let before = try heapCount()
      try ask(1100..<3100)
      // Of libcurl's names alone it were over 400,000.
      XCTAssertLessThan(try heapCount() - before, 150_000)
    }
  }

  /// How many bytes malloc(3) has handed out, by its own account.
  private func heapCount() throws -> Int {
    typealias Account = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
    guard let symbol = dlsym(nil, "malloc_info") else { throw XCTSkip("not the malloc of glibc") }
    let path = "/tmp/eventlet-heap-\(getpid())"
    let file = try XCTUnwrap(fopen(path, "w+"))
    unlink(path)
    defer { fclose(file) }
    XCTAssertEqual(unsafeBitCast(symbol, to: Account.self)(0, file), 0)
    rewind(file)
    var text: [UInt8] = []
    while case let byte = getc(file), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
    // The last of each is the sum of all arenas.
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    func size(_ start: String) throws -> Int {
      let line = try XCTUnwrap(lines.last { $0.hasPrefix(start) })
      return try XCTUnwrap(line.split(separator: "\"").last { Int($0) != nil }.flatMap { Int($0) })
    }
    return try size("<system type=\"current\"") - size("<total type=\"fast\"")
      - size("<total type=\"rest\"")
  }
}
