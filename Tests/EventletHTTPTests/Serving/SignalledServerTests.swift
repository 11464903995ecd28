import EventletCore
import EventletHTTP
import EventletNet
import Glibc
import Testing

/// Servers of processes that a signal asks to end.
@Suite struct SignalledServerTests {
  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  /// Sends a request whose handler sends the signal, and idles by another connection.
  /// - Returns: what both have received.
  private static func client(
    of address: SocketAddress
  ) throws -> (busy: String, idle: String) {
    let idle = try GreenSocket.connect(to: address)
    let busy = try GreenSocket.connect(to: address)
    defer {
      idle.close()
      busy.close()
    }
    try idle.sendAll(request)
    var answer: [UInt8] = []
    while !String(decoding: answer, as: UTF8.self).hasSuffix("idle") {
      answer += try idle.receive(upTo: 1000)
    }
    try busy.sendAll("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
    return (try end(of: busy), try end(of: idle))
  }

  private static func end(of client: GreenSocket) throws -> String {
    var received: [UInt8] = []
    while case let more = try client.receive(upTo: 1000), !more.isEmpty { received += more }
    return String(decoding: received, as: UTF8.self)
  }

  private static func check(_ received: (busy: String, idle: String)) {
    guard received.busy.hasPrefix("HTTP/1.1 200 "), received.busy.hasSuffix("\r\n\r\nbusy"),
      received.busy.contains("\r\nConnection: close\r\n"), received.idle == ""
    else { fatalError("\(received)") }
  }

  // Eventlet: W118
  @Test func whatIsBeingAnsweredIsAnsweredAfterSIGTERM() async {
    await #expect(processExitsWith: .success) {
      alarm(60)
      let server = HTTPServer { request in
        if request.path != "/busy" { return .text("idle") }
        kill(getpid(), SIGTERM)
        try GreenThread.sleep(for: .milliseconds(100))
        return .text("busy")
      }
      let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      let address = try listener.localAddress
      let client = spawn { try SignalledServerTests.client(of: address) }
      try withGracefulStop({ server.stop(within: .seconds(30)) }) { try server.serve(listener) }
      SignalledServerTests.check(try client.wait())
    }
  }

  @Test func serversOnSeveralHubsEndInTheSameWay() async {
    await #expect(processExitsWith: .success) {
      alarm(60)
      let server = try HTTPServer.start(on: .ipv4("127.0.0.1", port: 0), hubs: 2) { request in
        if request.path != "/busy" { return .text("idle") }
        kill(getpid(), SIGINT)
        try GreenThread.sleep(for: .milliseconds(100))
        return .text("busy")
      }
      let client = spawn {
        try SignalledServerTests.client(of: server.address)
      }
      try withGracefulStop({ server.stop(within: .seconds(30)) }) { try server.wait() }
      SignalledServerTests.check(try client.wait())
    }
  }

  @Test func theLimitCutsWhoTakesTooLong() async {
    await #expect(processExitsWith: .success) {
      alarm(60)
      let server = HTTPServer { _ in
        kill(getpid(), SIGTERM)
        try GreenThread.sleep(for: .seconds(600))
        return .text("never")
      }
      let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      let client = try GreenSocket.connect(to: listener.localAddress)
      try client.sendAll(SignalledServerTests.request)
      try withGracefulStop({ server.stop(within: .milliseconds(50)) }) {
        try server.serve(listener)
      }
      client.close()
    }
  }

  @Test func theSecondSignalEndsTheProcess() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      alarm(60)
      let server = HTTPServer { _ in
        kill(getpid(), SIGTERM)
        try GreenThread.sleep(for: .milliseconds(50))
        kill(getpid(), SIGTERM)
        try GreenThread.sleep(for: .seconds(600))
        return .text("never")
      }
      let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      let client = try GreenSocket.connect(to: listener.localAddress)
      try client.sendAll(SignalledServerTests.request)
      try withGracefulStop({ server.stop() }) { try server.serve(listener) }
    }
  }
}
