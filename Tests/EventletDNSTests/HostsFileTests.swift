import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

@testable import EventletDNS

final class HostsFileTests: DNSTestCase {
  private func addresses(
    _ text: String, _ name: String, _ family: IPAddress.Family? = nil
  ) throws -> [IPAddress] {
    try HostsFile(parsing: Array(text.utf8)).entry(of: HostName(name), family: family)?.addresses
      ?? []
  }

  // MARK: The text

  // Eventlet: DNS1
  func testCommentsBlanksAndLineEnds() throws {
    let text = """
      # a comment

        127.0.0.1 \t a.test   # 127.0.0.2 no.test
      127.0.0.3 b.test#c.test
      #127.0.0.4 b.test
      127.0.0.5
      nonsense d.test
      127.0.0.6 a..b e.test ::1
      """
    for end in ["\n", "\r\n", "\r"] {
      let text = text.split(separator: "\n", omittingEmptySubsequences: false).joined(
        separator: end)
      XCTAssertEqual(try addresses(text, "a.test"), ["127.0.0.1"])
      XCTAssertEqual(try addresses(text, "b.test"), ["127.0.0.3"])
      XCTAssertEqual(try addresses(text, "e.test"), ["127.0.0.6"])
      for name in ["no.test", "c.test", "d.test"] {
        XCTAssertEqual(try addresses(text, name), [], name)
      }
    }
    let bytes = Array("127.0.0.1 a.test ".utf8) + [0xff, 0xfe] + Array(".test b.test\n".utf8)
    let hosts = HostsFile(parsing: bytes)
    XCTAssertNotNil(try hosts.entry(of: HostName("b.test"), family: nil))
    XCTAssertEqual(hosts.names(of: "127.0.0.1"), ["a.test", "b.test"])
    XCTAssertEqual(HostsFile(parsing: []).names(of: "127.0.0.1"), [])
  }

  // Eventlet: DNS3
  func testEachLineAddsToItsNames() throws {
    let text = """
      127.0.0.1 a.test alias
      ::1 a.test
      127.0.0.2 a.test b.test
      127.0.0.1 a.test
      """
    XCTAssertEqual(try addresses(text, "a.test"), ["127.0.0.1", "::1", "127.0.0.2"])
    XCTAssertEqual(try addresses(text, "a.test", .ipv4), ["127.0.0.1", "127.0.0.2"])
    XCTAssertEqual(try addresses(text, "a.test", .ipv6), ["::1"])
    XCTAssertEqual(try addresses(text, "b.test"), ["127.0.0.2"])
    XCTAssertEqual(try addresses(text, "b.test", .ipv6), [])
  }

  // Eventlet: DNS4
  func testALinkLocalAddressNeedsItsInterface() throws {
    XCTAssertEqual(try addresses("fe80::1 a.test", "a.test"), [])
    XCTAssertEqual(
      try addresses("fe80::1%lo a.test", "a.test").map(\.description), ["fe80::1%lo"])
  }

  // Eventlet: DNS5
  func testNamesWithoutRegardToCaseAndFinalDot() throws {
    XCTAssertEqual(try addresses("127.0.0.1 A.Test.", "a.test"), ["127.0.0.1"])
    XCTAssertEqual(try addresses("127.0.0.1 a.test", "A.TEST."), ["127.0.0.1"])
  }

  // Eventlet: DNS8
  func testAliases() throws {
    let hosts = HostsFile(parsing: Array("127.0.0.1 a.test b.test c.test".utf8))
    for name in ["a.test", "b.test"] {
      let entry = try XCTUnwrap(hosts.entry(of: HostName(name), family: nil))
      XCTAssertEqual(entry.name, "a.test")
      XCTAssertEqual(entry.aliases, ["b.test", "c.test"])
    }
    XCTAssertNil(try hosts.entry(of: HostName("d.test"), family: nil))
  }

  func testNamesOnSeveralLinesAreGivenOnce() throws {
    let hosts = HostsFile(
      parsing: Array("127.0.0.1 a b a\n127.0.0.2 b c\n127.0.0.1 c a d\n::1 b b\n".utf8))
    XCTAssertEqual(
      try hosts.entry(of: HostName("b"), family: nil),
      HostEntry(name: "a", aliases: ["b", "c"], addresses: ["127.0.0.1", "127.0.0.2", "::1"]))
    XCTAssertEqual(
      try hosts.entry(of: HostName("a"), family: nil),
      HostEntry(name: "a", aliases: ["b", "c", "d"], addresses: ["127.0.0.1"]))
    XCTAssertEqual(hosts.names(of: "127.0.0.1"), ["a", "b", "c", "d"])
    XCTAssertEqual(hosts.names(of: "::1"), ["b"])
  }

  /// Four times as much takes about four times as long, and not sixteen times.
  func testTheTimeIsThatOfTheFilesLength() throws {
    func time(_ text: String) -> Double {
      func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
      }
      let bytes = Array(text.utf8)
      let begin = now()
      _ = HostsFile(parsing: bytes)
      return now() - begin
    }
    for (what, make) in [
      ("names of one address", { (0..<$0).map { "0.0.0.0 host\($0)\n" }.joined() }),
      ("names of one line", { "0.0.0.0 " + (0..<$0).map { "host\($0) " }.joined() }),
      ("addresses of one name", { (0..<$0).map { "10.0.\($0 / 250).\($0 % 250) a\n" }.joined() }),
    ] as [(String, (Int) -> String)] {
      let (short, long) = (time(make(4000)), time(make(16_000)))
      XCTAssertLessThan(long, 9 * short, what)
    }
  }

  // MARK: In a resolver

  private func makeResolver(hosts text: String, _ server: DNSTestServer) throws -> DNSResolver {
    let path = try makeFile(text)
    return makeResolver(server, milliseconds: 20) { $0.hostsFile = path }
  }

  // Eventlet: DNS10, DNS11
  func testTheHostsFileWins() throws {
    let server = try makeServer(zone: [.a("a.test", "127.6.6.6"), .a("a.test", "::6")])
    let resolver = try makeResolver(hosts: "127.0.0.1 a.test alias.test", server)
    XCTAssertEqual(try resolver.resolve("a.test", family: .ipv4), ["127.0.0.1"])
    // An address of either family will do.
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.1"])
    XCTAssertEqual(try resolver.lookUp("alias.test").name, "a.test")
    XCTAssertEqual(try resolver.names(of: "127.0.0.1", timeout: nil), ["a.test", "alias.test"])
    XCTAssertEqual(server.queries.count, 0)
    // What it does not have, the servers may.
    XCTAssertEqual(try resolver.resolve("a.test", family: .ipv6), ["::6"])
  }

  // Eventlet: DNS6
  func testAQueryIsForTheServersAlone() throws {
    let server = try makeServer(zone: [.a("a.test", "127.6.6.6")])
    let resolver = try makeResolver(hosts: "127.0.0.1 a.test", server)
    XCTAssertEqual(try resolver.query(.a, "a.test").map(\.value), ["127.6.6.6"])
    assertFails(.noData) { _ = try resolver.query(.cname, "a.test") }
  }

  // Eventlet: DNS12
  func testWhatTheFileHasNeedsNoServer() throws {
    for code in [nil, 2] as [UInt8?] {
      let server = try makeServer { query in code.map { [query.reply(code: $0)] } ?? [] }
      let resolver = try makeResolver(hosts: "127.0.0.1 a.test", server)
      XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.1"])
      assertThrows(NameError.self) { _ = try resolver.resolve("b.test") }
    }
  }

  // Eventlet: DNS2
  func testAMissingFileIsEmpty() throws {
    let server = try makeServer(zone: [.a("a.test", "127.0.0.1")])
    for path in ["/nonexistent/hosts", "/"] {
      let resolver = makeResolver(server) { $0.hostsFile = path }
      XCTAssertEqual(try resolver.resolve("a.test", family: .ipv4), ["127.0.0.1"])
    }
  }

  func testThoseWhoWaitForTheFileShareItsReading() throws {
    let server = try makeServer(zone: [])
    let resolver = try makeResolver(hosts: "127.0.0.1 a.test", server)
    let threads = (0..<5).map { _ in spawn { try resolver.resolve("a.test") } }
    try GreenThread.yield()
    try threads[0].kill()
    for thread in threads.dropFirst() { XCTAssertEqual(try thread.wait(), ["127.0.0.1"]) }
  }

  /// A file that is not read before something was written to it, since opening a pipe waits.
  private func makeSlowFile() throws -> String {
    let path = try makeFile("")
    unlink(path)
    XCTAssertEqual(mkfifo(path, 0o600), 0)
    return path
  }

  /// Waits until an OS thread reads such a file, and returns its other end.
  private func waitForReader(of path: String) throws -> Int32 {
    while true {
      let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      if descriptor >= 0 { return descriptor }
      XCTAssertEqual(errno, ENXIO)
      try GreenThread.yield()
    }
  }

  /// Writes all of the file.
  private func finish(_ descriptor: Int32, _ text: String) {
    XCTAssertEqual(Glibc.write(descriptor, text, text.utf8.count), text.utf8.count)
    close(descriptor)
  }

  // Eventlet: DNS9 [!]
  func testReadingDoesNotBlockTheHub() throws {
    let path = try makeSlowFile()
    let resolver = makeResolver { $0.hostsFile = path }
    let thread = spawn { try resolver.resolve("a.test") }
    let file = try waitForReader(of: path)
    XCTAssertFalse(thread.isFinished)
    finish(file, "127.0.0.1 a.test\n")
    XCTAssertEqual(try thread.wait(), ["127.0.0.1"])
  }

  func testWhoTriesAgainSharesTheReadingThatRuns() throws {
    let path = try makeSlowFile()
    let resolver = makeResolver { $0.hostsFile = path }
    let first = spawn { try resolver.resolve("a.test") }
    let file = try waitForReader(of: path)
    try first.kill()
    for _ in 0..<3 {
      let thread = spawn { try resolver.resolve("a.test") }
      try GreenThread.yield()
      try thread.kill()
    }
    let last = spawn { try resolver.resolve("a.test") }
    try GreenThread.yield()
    XCTAssertEqual(ThreadPool.shared.runningCount + ThreadPool.shared.waitingCount, 1)
    finish(file, "127.0.0.1 a.test\n")
    XCTAssertEqual(try last.wait(), ["127.0.0.1"])
  }

  func testSlowLookUpsOfTheCLibraryDoNotKeepTheFileFromBeingRead() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { close(end) } }
    let busy = (0..<SystemResolver.pool.size).map { _ in
      spawn { [end = ends[0]] in
        try SystemResolver.pool.execute {
          var byte: UInt8 = 0
          return Glibc.read(end, &byte, 1)
        }
      }
    }
    while SystemResolver.pool.runningCount < busy.count { try GreenThread.yield() }
    let resolver = try makeResolver(hosts: "127.0.0.1 a.test", makeServer(zone: []))
    let entry = Result { try resolver.resolve("a.test", timeout: .seconds(10)) }
    let bytes = [UInt8](repeating: 0, count: busy.count)
    XCTAssertEqual(Glibc.write(ends[1], bytes, bytes.count), bytes.count)
    for thread in busy { XCTAssertEqual(try thread.wait(), 1) }
    XCTAssertEqual(try entry.get(), ["127.0.0.1"])
  }

  func testWhatWasReadBeforeTheResolverWasClearedIsNotKept() throws {
    let path = try makeSlowFile()
    let resolver = makeResolver { $0.hostsFile = path }
    let first = spawn { try resolver.resolve("a.test") }
    let file = try waitForReader(of: path)
    resolver.clear()
    // Another file of that name.
    unlink(path)
    write("127.0.0.2 a.test\n", to: path)
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.2"])
    finish(file, "127.0.0.1 a.test\n")
    XCTAssertEqual(try first.wait(), ["127.0.0.1"])
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.2"])
  }
}

/// In virtual time.
final class HostsFileLifetimeTests: DNSTestCase {
  override var time: GreenTest.Time { .virtual }

  // Eventlet: DNS7
  func testTheFileIsReadAgainAfterItsLifetime() throws {
    let path = try makeFile("127.0.0.1 a.test")
    let resolver = makeResolver { $0.hostsFile = path }
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.1"])
    write("127.0.0.22 a.test", to: path)
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.1"])
    clock.advance(by: .seconds(9))
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.1"])
    clock.advance(by: .seconds(1))
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.22"])
    write("127.0.0.333 a.test\n127.0.0.3 a.test", to: path)
    resolver.clear()
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.3"])
    // Unchanged, it need not be read to hold.
    clock.advance(by: .seconds(100))
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.3"])
  }
}
