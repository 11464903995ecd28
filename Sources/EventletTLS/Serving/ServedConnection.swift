internal import EventletCore
internal import EventletNet

/// What a server does with a client that has come: shake hands within a time, then call the
/// handler.
struct ServedConnection {
  let context: TLSServerContext
  let handshakeTimeout: Duration?
  let report: (any Error, SocketAddress) -> Void

  func serve(
    _ socket: GreenSocket, _ address: SocketAddress,
    _ handler: (TLSSocket, SocketAddress) throws -> Void
  ) throws {
    let client: TLSSocket
    do { client = try context.makeSocket(socket, peer: address) } catch {
      // OpenSSL has no memory: a shortage of the moment, which ends no server.
      return report(error, address)
    }
    do { try client.handshake(timeout: handshakeTimeout) } catch {
      client.abort()
      guard Self.isFailure(error) else { throw error }
      // Who looks only whether somebody listens, such as a balancer of load, has said nothing.
      if client.engine.hasHeardOfPeer { report(error, address) }
      return
    }
    do { try handler(client, address) } catch {
      // What the client has got is not all there was to be.
      client.abort()
      throw error
    }
    client.close()
  }

  private static func isFailure(_ error: any Error) -> Bool {
    error is TLSError || error is IOTimeout || error is SystemError
  }

  /// Says it in a line.
  static func print(_ error: any Error, _ address: SocketAddress) {
    // That of a socket knows nothing of handshakes.
    writeToStandardError((error is SystemError ? "TLS handshake: " : "") + "\(error)\n")
  }
}
