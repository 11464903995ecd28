internal import EventletCore
internal import EventletNet

extension HTTPConnection {
  /// Sends what is in the output buffer.
  ///
  /// Who reads a request's body may come upon somebody who is sending the response: then that is
  /// being done. Over a socket, a kill or timeout leaves there what has not been sent.
  func flush() throws {
    if output.isEmpty || isSending { return }
    cancelDeferredFlush()
    guard case .socket(let socket) = transport else {
      try sending { try transport.sendAll(output.bytes, until: $0, progress: countSent) }
      return output.removeAll()
    }
    if isBroken { throw ConnectionCut() }
    beginSending()
    defer { endSending() }
    do {
      // As a rule the kernel takes all of it, and no time need be looked at.
      took(try socket.sendWithoutWaiting(output.bytes))
      if output.isEmpty { return }
      sendingBegin = (Hub.current.now, sentBytes)
      while !output.isEmpty {
        took(try socket.send(output.bytes, timeout: StreamTransport.timeout(until: sendDeadline)))
      }
    } catch { throw isOfConnection(error) ? broken(by: error) : error }
  }

  private func took(_ count: Int) {
    sentBytes += count
    if count == output.count { output.removeAll() } else { output.removeFirst(count) }
  }

  /// Sends what is in the output buffer, and more after it.
  func flush(with more: UnsafeRawBufferPointer) throws {
    cancelDeferredFlush()
    try sending { try transport.sendAll([output.bytes, more], until: $0, progress: countSent) }
    output.removeAll()
  }

  /// Also of a sending that fails then: the client has got them.
  func countSent(_ count: Int) { sentBytes += count }

  /// Has something send, and count what it has sent.
  /// - Parameter send: Given until when it may wait, to be asked again after each part.
  /// - Throws: what `send` throws; ``ConnectionCut``.
  func sending(_ send: (_ deadline: () -> Nanoseconds) throws -> Void) throws {
    // What follows a part of something must not be taken for the rest.
    if isBroken { throw ConnectionCut() }
    beginSending()
    defer { endSending() }
    sendingBegin = (Hub.current.now, sentBytes)
    do { try send { self.sendDeadline } } catch { throw broken(by: error) }
  }

  /// Until when the client must have taken more than it has.
  ///
  /// By what it has taken, not by what there is: one that takes nothing would else have hours for a
  /// large body.
  private var sendDeadline: Nanoseconds {
    let timeouts = server.configuration.timeouts
    guard let time = timeouts.send else { return .never }
    return sendingBegin.time + timeouts.allowance(time, for: sentBytes - sendingBegin.count)
  }

  private func beginSending() {
    if holdsResponse { hasBegunResponse = true }
    isSending = true
  }

  private func endSending() {
    isSending = false
    guard let sendingEnd else { return }
    self.sendingEnd = nil
    sendingEnd.send(())
  }

  /// Waits until the output buffer may be changed.
  ///
  /// Who reads a request's body sends what is there before, and may have to wait for room.
  func waitForSender() throws {
    while isSending {
      let end = sendingEnd ?? Event()
      sendingEnd = end
      try end.wait()
    }
  }

  private func broken(by error: any Error) -> any Error {
    isBroken = true
    output.removeAll()
    if isOfConnection(error) {
      hasLostClient = true
      server.log(debug: "\(info.peerName): \(error)")
    }
    return error
  }

  /// Nothing of the output buffer is to be sent any more, or counts as sent.
  func discardOutput() { if !isSending { output.removeAll() } }

  /// While a pipelined request is being answered the answers before it are to be sent at the latest
  /// when this green thread waits.
  func deferFlush() throws {
    if !output.isEmpty { try scheduleFlush() }
  }

  @inline(never)
  private func scheduleFlush() throws {
    guard case .socket(let socket) = transport, output.count < 65_536 else { return try flush() }
    if deferredFlush != nil { return }
    deferredFlush = Hub.current.schedule(after: .zero) { [self] in
      deferredFlush = nil
      // Somebody else may be sending: then it is being done.
      guard !output.isEmpty, !isSending else { return }
      if holdsResponse { hasBegunResponse = true }
      if let count = try? socket.send(output.bytes, timeout: .zero) { took(count) }
      // The client takes it slowly, and may wait for it before it does anything else. What goes wrong
      // marks the connection as broken.
      if !output.isEmpty { _ = spawn(name: "sends to \(info.peerName)") { [self] in try? flush() } }
    }
  }

  func cancelDeferredFlush() {
    guard let timer = deferredFlush else { return }
    deferredFlush = nil
    timer.cancel()
  }
}
