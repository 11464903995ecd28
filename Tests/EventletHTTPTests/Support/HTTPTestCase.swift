import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Clients and servers on one hub; all of them end with the test.
class HTTPTestCase: GreenTestCase {
  let loopback = SocketAddress.ipv4("127.0.0.1", port: 0)
  private var clients: [RawClient] = []
  private var listening: [(server: HTTPServer, thread: GreenThread<Void>)] = []

  override func tearDownWithError() throws {
    for (server, _) in listening { server.stop() }
    for client in clients {
      do { try client.finish() } catch { XCTFail("serving a connection: \(error)") }
    }
    for (_, thread) in listening {
      do { try thread.wait() } catch { XCTFail("serving: \(error)") }
    }
    clients = []
    listening = []
  }

  func makeServer(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping RequestHandler
  ) -> HTTPServer {
    var configuration = HTTPServer.Configuration()
    configure(&configuration)
    return HTTPServer(configuration: configuration, handler)
  }

  /// A client of a server of its own.
  func connect(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping RequestHandler
  ) throws -> RawClient { try connect(to: makeServer(configure, handler: handler)) }

  /// Another client of a server, which gets such a stream.
  func connect(to server: HTTPServer, over kind: StreamKind = .socket) throws -> RawClient {
    let client = try RawClient(of: server, over: kind)
    clients.append(client)
    return client
  }

  /// A client by TCP.
  func connect(to address: SocketAddress) throws -> RawClient {
    let client = try RawClient(to: address)
    clients.append(client)
    return client
  }

  /// Serves by TCP, or by a socket in the Unix domain, until the end of the test.
  /// - Returns: the address.
  @discardableResult
  func listen(_ server: HTTPServer, on address: SocketAddress? = nil) throws -> SocketAddress {
    let listener = try GreenSocket.listen(on: address ?? loopback)
    let address = try listener.localAddress
    listening.append((server, spawn { try server.serve(listener) }))
    // So that it is there when the test stops it.
    try GreenThread.yield()
    return address
  }
}
