internal import EventletCore
public import EventletNet

extension ProxyProtocolHeader {
  /// Takes a header off the beginning of a connection, and not a byte more.
  ///
  /// What follows, be it TLS, is still to be received. Call it before anything else is received, and
  /// not by way of ``/EventletNet/GreenSocket/reader``, which receives ahead.
  ///
  /// ```swift
  /// try serve(listener) { socket, address in
  ///   let header = try ProxyProtocolHeader.receive(from: socket, timeout: .seconds(5))
  ///   print("\(header.source ?? address) by \(address)")
  /// }
  /// ```
  /// - Parameters:
  ///   - socket: A connection of which nothing was received.
  ///   - limit: The most bytes that a header of version 2 may have.
  ///   - timeout: For the whole header; nil takes the socket's
  ///     ``/EventletNet/GreenDescriptor/timeout``.
  /// - Returns: The header.
  /// - Throws: ``ProxyProtocolError``; ``/EventletNet/IOTimeout``; as
  ///   ``/EventletNet/GreenSocket/peek(upTo:timeout:)``; what a kill or timeout throws. Part of the
  ///   header may have been received then, so that the connection is of no more use than to be closed.
  public static func receive(
    from socket: GreenSocket, limit: Int = defaultLimit, timeout: Duration? = nil
  ) throws -> ProxyProtocolHeader {
    let timeout = timeout ?? socket.timeout
    let deadline = Hub.current.deadline(after: timeout)
    var received: [UInt8] = []
    while true {
      let wait = try rest(of: timeout, until: deadline, socket)
      let seen: [UInt8]
      do { seen = try socket.peek(upTo: mostAtATime, timeout: wait) } catch is IOTimeout {
        throw timedOut(socket)
      }
      guard !seen.isEmpty else {
        throw ProxyProtocolError.connectionEnded(receivedCount: received.count)
      }
      let before = received.count
      received += seen
      // Only what is known to be of the header is taken: all of it while that is not complete.
      let header = try parse(received, limit: limit)
      try take(header.map { $0.byteCount - before } ?? seen.count, from: socket)
      if let header { return header }
    }
  }

  /// Longer than any header but those with a certificate.
  private static let mostAtATime = 256

  /// Takes bytes that are there.
  private static func take(_ count: Int, from socket: GreenSocket) throws {
    var left = count
    while left > 0 {
      let taken = try socket.receive(upTo: left)
      guard !taken.isEmpty else { throw ProxyProtocolError.connectionEnded(receivedCount: 0) }
      left -= taken.count
    }
  }

  private static func rest(
    of timeout: Duration?, until deadline: Int64, _ socket: GreenSocket
  ) throws -> Duration? {
    // Who must not wait is told otherwise: by an error of the call itself.
    guard let timeout, timeout > .zero else { return timeout }
    let rest = deadline - Hub.current.now
    guard rest > 0 else { throw timedOut(socket) }
    return .nanoseconds(rest)
  }

  private static func timedOut(_ socket: GreenSocket) -> IOTimeout {
    IOTimeout(operation: "receive the PROXY protocol header of", subject: socket.subject)
  }
}
