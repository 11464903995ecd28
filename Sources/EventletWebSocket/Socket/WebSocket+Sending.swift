internal import EventletCore
internal import EventletHTTP
internal import EventletNet

extension WebSocket {
  /// Sends text; waits until the system has taken it.
  /// - Parameters:
  ///   - text: The message.
  ///   - timeout: For the whole call; nil, the default, is for ever.
  /// - Throws: ``WebSocketClosed``; ``/EventletNet/IOTimeout`` and what a kill or timeout throws: see
  ///   ``WebSocket`` for what becomes of the message then.
  ///
  /// In Python: `send`.
  public func send(_ text: String, timeout: Duration? = nil) throws {
    // A variable of our own: no access of anybody else's is open while this waits.
    var text = text
    try text.withUTF8 { try send(.text, UnsafeRawBufferPointer($0), timeout) }
  }

  /// Sends bytes; waits until the system has taken them.
  /// - Parameters:
  ///   - bytes: The message.
  ///   - timeout: For the whole call; nil, the default, is for ever.
  /// - Throws: as for text.
  public func send(_ bytes: [UInt8], timeout: Duration? = nil) throws {
    try bytes.withUnsafeBytes { try send(.binary, $0, timeout) }
  }

  /// Sends a message; waits until the system has taken it.
  /// - Parameters:
  ///   - message: Text or bytes.
  ///   - timeout: For the whole call; nil, the default, is for ever.
  /// - Throws: as for text.
  public func send(_ message: WebSocketMessage, timeout: Duration? = nil) throws {
    switch message {
    case .text(let text): try send(text, timeout: timeout)
    case .binary(let bytes): try send(bytes, timeout: timeout)
    }
  }

  private func send(
    _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer, _ timeout: Duration?
  ) throws {
    let deadline = Hub.current.deadline(after: timeout)
    if receiver == nil, !isBeingRead { lookNowAndThen() }
    try take(messageTurn, until: deadline)
    defer { messageTurn.release() }
    try takeFrameTurn(until: deadline)
    defer { frameTurn.release() }
    try sendMessage(opcode, bytes, until: deadline)
  }

  // MARK: Turns

  func take(_ turn: Lock, until deadline: Nanoseconds) throws {
    try requireSendable()
    if turn.acquireNoWait() { return }
    guard try turn.acquire(timeout: StreamTransport.timeout(until: deadline)) else {
      throw IOTimeout(operation: "send", subject: peerName)
    }
    if sentClose == nil, end == nil { return }
    turn.release()
    try requireSendable()
  }

  /// Takes the turn of a frame, and sends what is older.
  ///
  /// Who sends then releases the turn.
  func takeFrameTurn(until deadline: Nanoseconds) throws {
    try take(frameTurn, until: deadline)
    if outbox.isEmpty { return }
    do {
      try flush(until: deadline)
      // A close frame may have come to it meanwhile, and gone.
      try requireSendable()
    } catch {
      frameTurn.release()
      throw error
    }
  }

  func requireSendable() throws {
    if sentClose == nil, end == nil { return }
    throw closedError
  }

  var closedError: WebSocketClosed {
    let socket = transport.stream as? GreenSocket
    return WebSocketClosed(
      end: end ?? WebSocketEnd(sentClose, .local), connection: socket?.subject ?? peerName,
      socket: ObjectIdentifier(self))
  }

  // MARK: Frames

  /// Sends a message as one frame, in its turn.
  private func sendMessage(
    _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer, until deadline: Nanoseconds
  ) throws {
    if let deflater, bytes.count >= leastCompressed {
      return try sendCompressed(opcode, bytes, by: deflater, until: deadline)
    }
    let header = FrameHeader(
      isFinal: true, opcode: opcode, maskingKey: nextKey(), payloadCount: bytes.count)
    try send(header, bytes, until: deadline)
  }

  /// How many bytes a message must have to be compressed; an empty one never is.
  var leastCompressed: Int { max(1, configuration.compression?.minimumSize ?? 1) }

  @inline(never)
  private func sendCompressed(
    _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer, by deflater: MessageDeflater,
    until deadline: Nanoseconds
  ) throws {
    var payload: [UInt8] = []
    deflater.compress(bytes, isLast: true, into: &payload)
    let header = FrameHeader(
      isFinal: true, isCompressed: true, opcode: opcode, maskingKey: nextKey(),
      payloadCount: payload.count)
    do {
      try payload.withUnsafeBytes { try send(header, $0, until: deadline) }
    } catch {
      // What the peer has not got must not be referred to.
      deflater.freeze()
      throw error
    }
  }

  func nextKey() -> UInt32? { maskingKeys?.next() }

  /// Sends a header and a payload, in the turn of the frame.
  func send(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, until deadline: Nanoseconds
  ) throws {
    let headerCount = header.byteCount
    let count = headerCount + payload.count
    if count > FrameMemory.size { return try sendLarge(header, payload, until: deadline) }
    let memory = memory.take()
    defer { self.memory.giveBack(memory) }
    write(header, payload, to: memory.baseAddress.unsafelyUnwrapped)
    let frame = UnsafeRawBufferPointer(rebasing: memory[..<count])
    try send(until: deadline, count) { deadline, progress in
      try transport.sendAll(frame, until: { deadline }, progress: progress)
    } rest: {
      Array(frame)
    }
  }

  private func write(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer
  ) {
    header.write(to: place)
    guard let start = payload.baseAddress else { return }
    let target = place + header.byteCount
    if let key = header.maskingKey {
      Masking.copy(payload, to: target, key)
    } else {
      target.copyMemory(from: start, byteCount: payload.count)
    }
  }

  /// A frame of its own, as the outbox has them.
  func frame(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
    let header = FrameHeader(
      isFinal: true, opcode: opcode, maskingKey: nextKey(), payloadCount: payload.count)
    return bytes(header, payload)
  }

  func bytes(_ header: FrameHeader, _ payload: [UInt8]) -> [UInt8] {
    payload.withUnsafeBytes { bytes(header, $0) }
  }

  private func bytes(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) -> [UInt8] {
    let count = header.byteCount + payload.count
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      write(header, payload, to: UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped))
      filled = count
    }
  }

  /// Without a copy, unless it must be masked.
  @inline(never)
  private func sendLarge(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, until deadline: Nanoseconds
  ) throws {
    let count = header.byteCount + payload.count
    if header.maskingKey != nil {
      return try send(frame: bytes(header, payload), until: deadline)
    }
    let start = bytes(header, UnsafeRawBufferPointer(start: nil, count: 0))
    try start.withUnsafeBytes { start in
      try send(until: deadline, count) { deadline, progress in
        try transport.sendAll([start, payload], until: { deadline }, progress: progress)
      } rest: {
        Array(start) + payload
      }
    }
  }

  /// Sends a frame that is put together, in its turn.
  func send(frame: [UInt8], until deadline: Nanoseconds) throws {
    try frame.withUnsafeBytes { bytes in
      try send(until: deadline, bytes.count) { deadline, progress in
        try transport.sendAll(bytes, until: { deadline }, progress: progress)
      } rest: {
        frame
      }
    }
  }

  /// Runs a call that sends `count` bytes, and sees to what remains when it fails.
  @inline(__always)
  private func send(
    until deadline: Nanoseconds, _ count: Int,
    _ call: (Nanoseconds, (Int) -> Void) throws -> Void, rest: () -> [UInt8]
  ) throws {
    var sentCount = 0
    do {
      try call(deadline) {
        sentCount += $0
        if sentCount < count { activity &+= 1 }
      }
    } catch { try endSending(after: error, sentCount, rest) }
  }

  @inline(never)
  private func endSending(
    after error: any Error, _ sentCount: Int, _ rest: () -> [UInt8]
  ) throws -> Never {
    try endSending(after: error)
    if sentCount > 0 {
      outbox.setRest(rest(), sentCount: sentCount)
      drainLater()
    }
    throw error
  }

  /// Ends the connection, unless it can go on after this error.
  private func endSending(after error: any Error) throws {
    if isFatal(error) {
      lose("\(error)")
      throw closedError
    }
    if case .socket = transport { return }
    // How much of it has gone, nobody knows.
    lose("interrupted while it sent")
    throw error
  }

  // MARK: The outbox

  /// Sends what is in the outbox, in the turn of a frame.
  func flush(until deadline: Nanoseconds) throws {
    while let (bytes, sentCount) = outbox.next(inMessage: isInMessage) {
      do {
        try bytes.withUnsafeBytes { bytes in
          try transport.sendAll(
            UnsafeRawBufferPointer(rebasing: bytes[sentCount...]), until: { deadline },
            progress: {
              outbox.didSend($0)
              // The peer has made room for more; what was only taken to be sent says nothing of it.
              if outbox.isInFrame { activity &+= 1 }
            })
        }
      } catch {
        try endSending(after: error)
        throw error
      }
    }
  }

  /// Has what is in the outbox sent, without waiting for it.
  func drain() {
    sendAtOnce()
    if !outbox.isEmpty { drainLater() }
  }

  /// Sends as much as the system takes at once.
  private func sendAtOnce() {
    guard case .socket(let socket) = transport, frameTurn.acquireNoWait() else { return }
    defer { frameTurn.release() }
    while let (bytes, sentCount) = outbox.next(inMessage: isInMessage) {
      do {
        let count = try bytes.withUnsafeBytes {
          try socket.sendAtOnce(UnsafeRawBufferPointer(rebasing: $0[sentCount...]))
        }
        outbox.didSend(count)
        if count < bytes.count - sentCount { return }
      } catch { return lose("\(error)") }
    }
  }

  /// A green thread of its own sends what could not be sent at once.
  func drainLater() {
    if isDraining || isClosed { return }
    isDraining = true
    GreenThread.spawnDiscarding(name: "sends for \(self)") { [self] in
      defer { isDraining = false }
      try frameTurn.acquire()
      defer { frameTurn.release() }
      do { try flush(until: .never) } catch {
        // The end of the connection is told to who sends or receives.
        if !isClosed { throw error }
      }
    }
  }
}
