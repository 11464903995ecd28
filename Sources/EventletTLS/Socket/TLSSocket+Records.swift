internal import CEventletTLS
internal import EventletCore
internal import EventletNet

// How records come and go. Everything that waits is here, and outside of all calls of OpenSSL's.
extension TLSSocket {
  /// What is received at a time when nothing is known to be there: room that is kept while waiting.
  static let smallRoom = 2048
  /// What is received at a time when more is known to be there.
  static let largeRoom = 65536

  /// Receives some more of the peer's records.
  ///
  /// Who has ``receiveTurn`` alone receives: the memory stays where it is while this waits. Another
  /// than who receives by call is who sends, and can not before more has come. Returns at once when
  /// another has received while this waited for the turn.
  /// - Parameters:
  ///   - operation: For errors.
  ///   - limit: Of the operation.
  ///   - readsAhead: Whether to receive beyond the record that has begun.
  /// - Returns: false at the end of the stream.
  /// - Throws: what the stream throws, and then nothing was received.
  func receiveRecords(
    _ operation: String, _ limit: Limit, readsAhead: Bool = true
  ) throws -> Bool {
    let arrivals = engine.arrivals
    try takeReceiveTurn(operation, limit)
    defer { receiveTurn.release() }
    try requireOpen(operation)
    if engine.arrivals != arrivals { return true }
    let channel = engine.channel
    ev_tls_buffer_shrink(&channel.pointee.incoming, Self.smallRoom)
    let room = room(of: channel, readsAhead: readsAhead)
    require(ev_tls_buffer_reserve(&channel.pointee.incoming, room), "no memory for TLS records")
    let start = UnsafeMutableRawPointer(
      channel.pointee.incoming.bytes + channel.pointee.incoming.end)
    let buffer = UnsafeMutableRawBufferPointer(start: start, count: room)
    let count: Int
    do {
      count = try transport.receive(into: buffer, limit.remaining(operation, subject))
    } catch is IOTimeout { throw outOfTime(operation, limit) }
    // Closed meanwhile by another green thread, over a stream that does not say so.
    try requireOpen(operation)
    expectsMore = count == room
    engine.hasReceived(count)
    return count > 0
  }

  private func takeReceiveTurn(_ operation: String, _ limit: Limit) throws {
    if receiveTurn.acquireNoWait() { return }
    if limit.mustNotWait { throw Limit.wouldWait(operation, subject) }
    guard try receiveTurn.acquire(timeout: limit.remaining(operation, subject)) else {
      throw outOfTime(operation, limit)
    }
  }

  /// Receives what the peer has begun to say, so that this end may send.
  func receiveRest(_ operation: String, _ limit: Limit) throws {
    if receiving != .truncated, try receiveRecords(operation, limit) { return }
    receiving = .truncated
    throw error(operation, .truncated)
  }

  /// No bytes are kept for a connection that is idle.
  func shrinkIncoming() {
    // Somebody receives into it otherwise.
    guard receiveTurn.acquireNoWait() else { return }
    ev_tls_buffer_shrink(&engine.channel.pointee.incoming, Self.smallRoom)
    receiveTurn.release()
  }

  private func room(
    of channel: UnsafeMutablePointer<ev_tls_channel>, readsAhead: Bool
  ) -> Int {
    let missing = ev_tls_missing_of_record(channel)
    if !readsAhead { return missing }
    return expectsMore ? Self.largeRoom : max(Self.smallRoom, missing)
  }

  /// Sends what OpenSSL has written, all of it.
  ///
  /// The caller has ``sendTurn``. When this is interrupted over a socket, the rest stays and the
  /// next call goes on with it.
  func sendRecords(_ operation: String, _ limit: Limit) throws {
    let channel = engine.channel
    while engine.hasOutput {
      if channel.pointee.sending.isEmpty {
        ev_tls_buffer_free(&channel.pointee.sending)
        swap(&channel.pointee.sending, &channel.pointee.outgoing)
      }
      do {
        let count = try transport.send(
          channel.pointee.sending.unread, limit.remaining(operation, subject))
        channel.pointee.sending.start += count
      } catch {
        // Part of a record may have gone, or all of it: what follows could not be read.
        if !transport.isExact { sending = .interrupted }
        throw error is IOTimeout ? outOfTime(operation, limit) : error
      }
      try requireOpen(operation)
    }
    ev_tls_buffer_free(&channel.pointee.sending)
  }

  /// Sends what OpenSSL has written in answer to what came, as far as that needs no wait.
  ///
  /// What stays goes first at the next send: nothing that the peer waits for, and no more than
  /// ``boundAnswers(_:_:)`` lets stay.
  func sendAnswers(_ limit: Limit) throws {
    guard engine.hasOutput, sending != .interrupted, sendTurn.acquireNoWait() else { return }
    defer { sendTurn.release() }
    switch transport {
    case .socket:
      do { try sendRecords("send", Limit(.zero)) } catch is SystemError {
        // No room, or no connection any more: the next call finds out by itself.
      }
    case .stream: if !limit.mustNotWait { try sendRecords("receive", limit) }
    }
  }

  /// How many bytes of answers may wait to be sent: as many as one receive can bring about.
  private static let mostAnswers = 65536

  /// Before more is received: sees to it that answers do not pile up for a peer that asks for them
  /// and does not receive them.
  ///
  /// What somebody is sending meanwhile does not count: he has taken it out of the way, so both
  /// ends may send at a time.
  /// - Throws: as ``sendRecords(_:_:)``, and nothing was received.
  func boundAnswers(_ operation: String, _ limit: Limit) throws {
    // They could not be read: part of a record is missing before them.
    if sending == .interrupted { return ev_tls_buffer_free(&engine.channel.pointee.outgoing) }
    guard engine.channel.pointee.outgoing.count > Self.mostAnswers else { return }
    try takeSendTurn(operation, limit)
    defer { sendTurn.release() }
    try requireOpen(operation)
    if sending == .interrupted { return }
    do { try sendRecords(operation, limit) } catch let error as SystemError
      where Self.isGone(error)
    {
      // What the peer has sent before may still be received.
      engine.discardOutput()
    }
  }

  private static func isGone(_ error: SystemError) -> Bool {
    error.errno == SystemError.connectionReset.errno
      || error.errno == SystemError.brokenPipe.errno
  }

  /// Tells the peer why this end goes no further, if that is possible without a wait.
  func sendLastWords() {
    guard case .socket = transport, sending != .interrupted, sendTurn.acquireNoWait() else {
      return
    }
    defer { sendTurn.release() }
    try? sendRecords("send", Limit(.zero))
  }

  /// Takes the turn to send.
  func takeSendTurn(_ operation: String, _ limit: Limit) throws {
    if sendTurn.acquireNoWait() { return }
    if limit.mustNotWait { throw Limit.wouldWait(operation, subject) }
    guard try sendTurn.acquire(timeout: limit.remaining(operation, subject)) else {
      throw outOfTime(operation, limit)
    }
  }

  func outOfTime(_ operation: String, _ limit: Limit) -> any Error {
    limit.mustNotWait
      ? Limit.wouldWait(operation, subject) : IOTimeout(operation: operation, subject: subject)
  }
}
