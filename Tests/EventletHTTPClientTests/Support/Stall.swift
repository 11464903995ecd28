import EventletCore
import EventletHTTPClient
import EventletNet
import HTTPTypes

/// A place at which a request may have to wait, and a way to get there.
enum Stall: CaseIterable {
  case nameLookUp, connection, connect, tls, sending, head, body

  /// What the limit of the phase is called in its error.
  var phase: HTTPClientTimeout.Phase {
    switch self {
    case .nameLookUp: .nameLookUp
    case .connection: .connection
    case .connect: .connect
    case .tls: .tls
    case .sending: .sending
    case .head: .head
    case .body: .body
    }
  }

  /// Limits all phases but this one's to nothing that passes.
  func limit(_ timeouts: inout HTTPClient.Timeouts, to duration: Duration?) {
    timeouts.connect = nil
    timeouts.tls = nil
    timeouts.head = nil
    timeouts.stall = nil
    switch self {
    case .nameLookUp, .connect: timeouts.connect = duration
    case .connection: break
    case .tls: timeouts.tls = duration
    case .sending, .body: timeouts.stall = duration
    case .head: timeouts.head = duration
    }
  }
}

extension ClientTestCase {
  /// A call that gets stuck there, given a client and the call's own limit.
  func stuckCall(
    at stall: Stall
  ) throws -> (HTTPClient, Duration?) throws -> Void {
    switch stall {
    case .nameLookUp:
      return { client, timeout in _ = try client.get("http://never.test/", timeout: timeout) }
    case .connect:
      let url = try fullListener()
      return { client, timeout in _ = try client.get(url, timeout: timeout) }
    case .tls:
      let server = try serveRaw { try $0.waitForEnd() }
      return { client, timeout in
        _ = try client.get("https://127.0.0.1:\(server.port)/", timeout: timeout)
      }
    case .sending:
      let server = try serveRaw { _ in try GreenThread.sleep(for: .seconds(1_000_000)) }
      return { client, timeout in
        var request = HTTPClientRequest(
          .put, server.url,
          body: .stream { writer in
            while true { try writer.write([UInt8](repeating: 0, count: 65_536)) }
          })
        request.timeout = timeout
        _ = try client.send(request)
      }
    case .head:
      let server = try serveRaw { try $0.waitForEnd() }
      return { client, timeout in _ = try client.get(server.url, timeout: timeout) }
    case .body:
      let server = try serveRaw { socket in
        try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        try socket.waitForEnd()
      }
      return { client, timeout in _ = try client.get(server.url, timeout: timeout).bytes() }
    case .connection:
      let server = try serveRaw { try $0.waitForEnd() }
      return { client, timeout in
        let holder = spawn { try? client.get(server.url) }
        try GreenThread.yield()
        defer { try? holder.kill() }
        _ = try client.get(server.url, timeout: timeout)
      }
    }
  }

  /// The URL of a server that takes no connection: those that it may have are there already.
  private func fullListener() throws -> String {
    let listener = try GreenSocket.listen(on: loopback, backlog: 0)
    let address = try listener.localAddress
    var waiting: [GreenSocket] = []
    while waiting.count < 16,
      let socket = try? GreenSocket.connect(to: address, timeout: .milliseconds(1))
    { waiting.append(socket) }
    atEnd {
      listener.close()
      for socket in waiting { socket.close() }
    }
    return "http://\(address)/"
  }
}

/// Never finds anything.
final class StuckResolver: Resolver {
  func entry(of name: HostName, family: IPAddress.Family?, timeout: Duration?) throws -> HostEntry {
    try GreenThread.sleep(for: timeout ?? .seconds(1_000_000))
    throw IOTimeout(operation: "resolve", subject: name.text)
  }
}
