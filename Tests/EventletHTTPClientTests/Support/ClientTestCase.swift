import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTLS
import EventletTesting
import HTTPTypes
import XCTest

/// A client and its servers on one hub; all of them end with the test, and nothing may be left of any
/// transfer.
class ClientTestCase: GreenTestCase {
  let loopback = SocketAddress.ipv4("127.0.0.1", port: 0)
  private var clients: [HTTPClient] = []
  private var servers: [(server: HTTPServer, thread: GreenThread<Void>)] = []
  private var rawServers: [RawServer] = []
  private var endings: [() throws -> Void] = []

  override func tearDownWithError() throws {
    for client in clients {
      XCTAssertEqual(client.statistics.transfers, 0, "transfers that nobody has ended")
      client.close()
      XCTAssertEqual(client.statistics.connections, 0)
    }
    for (server, _) in servers { server.stop() }
    for (_, thread) in servers { try thread.wait() }
    for server in rawServers { try server.stop() }
    for end in endings { try end() }
    endings = []
    clients = []
    servers = []
    rawServers = []
    // Its connections have ended; those who served them see that.
    try settle()
  }

  /// Has something happen before the test ends.
  func atEnd(_ end: @escaping () throws -> Void) { endings.append(end) }

  /// Lets everybody run until nothing is left to do at this time.
  func settle() throws {
    for _ in 0..<3 { try GreenThread.sleep(for: .nanoseconds(1)) }
  }

  func makeClient(_ configure: (inout HTTPClient.Configuration) -> Void = { _ in }) -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.proxy = .none
    configure(&configuration)
    let client = HTTPClient(configuration)
    clients.append(client)
    return client
  }

  /// Serves until the end of the test.
  /// - Returns: the beginning of its URLs, such as `http://127.0.0.1:34567`.
  func serve(
    over layer: TLSServerContext? = nil,
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping RequestHandler
  ) throws -> String {
    var configuration = HTTPServer.Configuration()
    configure(&configuration)
    let server = HTTPServer(configuration: configuration, handler)
    let listener = try GreenSocket.listen(on: loopback)
    let port = try listener.localAddress.port
    let thread = spawn {
      if let layer { try server.serve(listener, over: layer) } else { try server.serve(listener) }
    }
    servers.append((server, thread))
    // So that it is there when the test stops it.
    try GreenThread.yield()
    return layer == nil ? "http://127.0.0.1:\(port)" : "https://localhost:\(port)"
  }

  /// A server that does what the test says with each connection, and closes it.
  func serveRaw(_ body: @escaping (GreenSocket) throws -> Void) throws -> RawServer {
    let server = try RawServer(on: loopback, body)
    rawServers.append(server)
    return server
  }

  /// The error that `body` throws; fails the test if it throws none, or another.
  @discardableResult
  func clientError<Result>(
    line: UInt = #line, file: StaticString = #filePath, of body: () throws -> Result
  ) throws -> HTTPClientError {
    var found: HTTPClientError?
    assertThrows(HTTPClientError.self, file: file, line: line, { _ = try body() }) { found = $0 }
    return try XCTUnwrap(found, file: file, line: line)
  }

  @discardableResult
  func timeout<Result>(
    line: UInt = #line, file: StaticString = #filePath, of body: () throws -> Result
  ) throws -> HTTPClientTimeout {
    var found: HTTPClientTimeout?
    assertThrows(HTTPClientTimeout.self, file: file, line: line, { _ = try body() }) { found = $0 }
    return try XCTUnwrap(found, file: file, line: line)
  }
}
