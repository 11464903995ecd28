internal import EventletCore
internal import EventletHTTP
internal import EventletNet

extension WebSocket {
  /// Receives the next message; waits for it.
  ///
  /// Meanwhile pings are answered.
  /// - Parameter timeout: For the whole call; nil, the default, is for ever.
  /// - Returns: nil when the connection has ended, whatever way: ``end`` says which.
  /// - Throws: ``/EventletNet/IOTimeout``; what a kill or timeout throws, and then nothing is lost;
  ///   ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)`` while another green
  ///   thread receives.
  ///
  /// In Python: `wait`.
  public func receive(timeout: Duration? = nil) throws -> WebSocketMessage? {
    if let receiver { throw HubError.second(.reading, of: -1, after: receiver) }
    receiver = GreenThread.current
    defer { receiver = nil }
    let deadline = Hub.current.deadline(after: timeout)
    while true {
      if !unreceived.isEmpty { return takeUnreceived() }
      if hasEndedReceiving { return nil }
      if isBeingRead {
        try waitForNews(until: deadline)
      } else if let message = try read(until: deadline) {
        return message
      }
    }
  }

  private func takeUnreceived() -> WebSocketMessage {
    let message = unreceived.removeFirst()
    unreceivedCost -= cost(of: message)
    return message
  }

  /// Keeps a message for who receives next.
  func keep(_ message: WebSocketMessage) {
    unreceivedCost += cost(of: message)
    unreceived.append(message)
  }

  /// What a message takes here at least: small ones are not for nothing either.
  private func cost(of message: WebSocketMessage) -> Int { message.byteCount + 64 }

  // MARK: Reading

  /// Reads until one thing has come, be it a message or not: the caller looks whether it was what it
  /// waits for.
  func read(until deadline: Nanoseconds) throws -> WebSocketMessage? {
    isBeingRead = true
    sendsSinceRead = 0
    nextLook = .never
    defer {
      isBeingRead = false
      if isClosed { giveBackInput() }
      tellOnlookers()
    }
    if inputStart == inputEnd { try receiveMore(until: deadline) }
    return parse()
  }

  private func parse() -> WebSocketMessage? {
    defer { if inputStart == inputEnd { giveBackInput() } }
    do {
      let bytes = UnsafeMutableRawBufferPointer(rebasing: input[..<inputEnd])
      guard let event = try parser.next(bytes, from: &inputStart) else { return nil }
      if case .message(let message) = event { return message }
      handle(event)
    } catch { fail(error) }
    return nil
  }

  private func handle(_ event: MessageParser.Event) {
    switch event {
    case .message(let message): keep(message)
    case .ping(let payload): answer(ping: payload)
    case .pong(let payload): takePong(payload)
    case .close(let payload): takeClose(payload)
    }
  }

  private func receiveMore(until deadline: Nanoseconds) throws {
    if idleTimer == nil { watchIdleness() }
    do {
      let count = try transport.receive(
        until: deadline, takeMemory: takeInput, giveBack: giveBackInput)
      if count == 0 { return lose("the peer has closed it") }
      inputEnd = count
      activity &+= 1
    } catch {
      guard isFatal(error) else { throw error }
      lose("\(error)")
    }
  }

  /// Whether an error of the stream's is its end: not a limit of time.
  func isFatal(_ error: any Error) -> Bool {
    !(error is IOTimeout) && transport.hasFailed(by: error)
  }

  private func takeInput() -> UnsafeMutableRawBufferPointer {
    if input.baseAddress == nil { input = memory.take(for: parser.missingCount) }
    return input
  }

  func giveBackInput() {
    inputStart = 0
    inputEnd = 0
    guard input.baseAddress != nil else { return }
    if isInputLent { memory.giveBack(input) } else { input.deallocate() }
    isInputLent = true
    input = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  // MARK: Waiting for what somebody else reads

  /// Waits until something has come, or nobody reads any more.
  func waitForNews(until deadline: Nanoseconds) throws {
    let news = Event<Void>()
    onlookers.append(news)
    defer { onlookers.removeAll { $0 === news } }
    let timeout = StreamTransport.timeout(until: deadline)
    guard try news.wait(timeout: timeout) != nil else {
      throw IOTimeout(operation: "receive", subject: peerName)
    }
  }

  func tellOnlookers() {
    if onlookers.isEmpty { return }
    let told = onlookers
    onlookers = []
    for news in told { news.send(()) }
  }
}
