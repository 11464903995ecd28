import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import Glibc
import XCTest

/// Both ends live on one hub, in virtual time.
class TLSTestCase: GreenTestCase {
  let loopback = SocketAddress.ipv4("127.0.0.1", port: 0)
  /// Whom all trust.
  static let authority = TestAuthority()
  static let localhost = authority.issue { $0.names = ["DNS:localhost", "IP:127.0.0.1"] }

  var authority: TestAuthority { Self.authority }

  func makeServer(
    _ identity: TLSIdentity? = nil, _ change: (inout TLSServerConfiguration) -> Void = { _ in }
  ) throws -> TLSServerContext {
    var configuration = TLSServerConfiguration(identity: identity ?? Self.localhost.identity)
    configuration.trustRoots = authority.roots
    change(&configuration)
    return try TLSServerContext(configuration)
  }

  func makeClient(
    _ change: (inout TLSClientConfiguration) -> Void = { _ in }
  ) throws -> TLSClientContext {
    var configuration = TLSClientConfiguration()
    configuration.trustRoots = authority.roots
    change(&configuration)
    return try TLSClientContext(configuration)
  }

  /// Two connected sockets.
  func makeSockets() throws -> (client: GreenSocket, server: GreenSocket) {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let client = try GreenSocket.connect(to: listener.localAddress)
    return (client, try listener.accept().socket)
  }

  /// Two connected sockets with little room, none of which comes back before the peer receives.
  func makeNarrowSockets() throws -> (client: GreenSocket, server: GreenSocket) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw SystemError(call: "socketpair", errno: errno)
    }
    let sockets = (
      client: try GreenSocket(adopting: ends[0]), server: try GreenSocket(adopting: ends[1])
    )
    for socket in [sockets.client, sockets.server] {
      try socket.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
    }
    return sockets
  }

  /// Both ends of a connection over two streams, without a handshake.
  func wrap(
    _ client: any ByteStream, _ server: any ByteStream,
    client clientContext: TLSClientContext? = nil,
    server serverContext: TLSServerContext? = nil, name: String = "localhost"
  ) throws -> (client: TLSSocket, server: TLSSocket) {
    let clientContext = try clientContext ?? makeClient()
    let serverContext = try serverContext ?? makeServer()
    return (
      try clientContext.wrap(client, serverName: name, performsHandshake: false),
      try serverContext.wrap(server, performsHandshake: false)
    )
  }

  /// Both ends of a connection, without a handshake.
  func makePair(
    client: TLSClientContext? = nil, server: TLSServerContext? = nil, name: String = "localhost"
  ) throws -> (client: TLSSocket, server: TLSSocket) {
    let (clientSocket, serverSocket) = try makeSockets()
    return try wrap(clientSocket, serverSocket, client: client, server: server, name: name)
  }

  /// Shakes hands at both ends.
  func shakeHands(_ client: TLSSocket, _ server: TLSSocket) throws {
    let other = spawn { try server.handshake() }
    try client.handshake()
    try other.wait()
  }

  /// Both ends of a connection, ready for use.
  func makeConnection(
    client: TLSClientContext? = nil, server: TLSServerContext? = nil, name: String = "localhost"
  ) throws -> (client: TLSSocket, server: TLSSocket) {
    let pair = try makePair(client: client, server: server, name: name)
    try shakeHands(pair.client, pair.server)
    return pair
  }

  /// The errors of both ends of a handshake that fails.
  func failures(
    client: TLSClientContext? = nil, server: TLSServerContext? = nil, name: String = "localhost"
  ) throws -> (client: (any Error)?, server: (any Error)?) {
    let pair = try makePair(client: client, server: server, name: name)
    defer {
      pair.client.close()
      pair.server.close()
    }
    func failure(_ connection: TLSSocket) -> (any Error)? {
      do {
        try connection.handshake()
        // In TLS 1.3 a client is through before its server has looked at it.
        _ = try connection.receive(upTo: 1, timeout: .seconds(1))
        return nil
      } catch { return error }
    }
    let server = spawn { failure(pair.server) }
    let client = failure(pair.client)
    return (client, try server.wait())
  }

  /// A file that is gone when the test is over.
  func makeFile(_ bytes: [UInt8], _ name: String = #function) throws -> String {
    let path = "/tmp/eventlet-tls-\(getpid())-\(files.count)-\(name.prefix { $0 != "(" })"
    files.append(path)
    try write(bytes, to: path)
    return path
  }

  func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw SystemError(call: "open", errno: errno, subject: path) }
    defer { Glibc.close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw SystemError(call: "write", errno: errno, subject: path)
    }
  }

  func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { Glibc.close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
  }

  var files: [String] = []

  override func tearDown() {
    for path in files { unlink(path) }
    files = []
    waitForClosing()
    super.tearDown()
  }

  /// Fails the test unless each call says that what it is made on is closed.
  func assertClosed(_ calls: [() throws -> Void]) {
    for call in calls {
      XCTAssertThrowsError(try call()) { error in
        guard case SystemError.badDescriptor = error else { return XCTFail("\(error)") }
      }
    }
  }

  /// Closed connections end by themselves, ten seconds later at most.
  func waitForClosing() {
    while Hub.current.snapshot().contains(where: { $0.name.hasPrefix("end of TLS") }) {
      try? GreenThread.sleep(for: .milliseconds(5))
    }
  }

  func reason(_ error: (any Error)?) -> TLSError.Reason? { (error as? TLSError)?.reason }

  func assertThrows(
    _ reason: TLSError.Reason, file: StaticString = #filePath, line: UInt = #line,
    _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      XCTAssertEqual((error as? TLSError)?.reason, reason, "\(error)", file: file, line: line)
    }
  }

  static func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  }
}
