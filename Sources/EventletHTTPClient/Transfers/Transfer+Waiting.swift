internal import EventletCore

// Who waits for a transfer, and for how long.
extension Transfer {
  /// Who waits: for what comes, or for room for what goes.
  enum Side {
    case reader
    case writer
  }

  private static let mostWithoutWait = 32

  /// Waits for the head of the answer.
  /// - Throws: what the transfer ends with before that, a limit among it; what a kill or timeout throws.
  func waitForHead() throws {
    while !head.isComplete {
      switch outcome {
      case .failure(let error): throw error
      // libcurl is content with a head that breaks off.
      case .success: throw error(.connectionClosed)
      case nil: try wait(as: .reader)
      }
    }
  }

  /// Waits for a piece of the body.
  /// - Parameter end: When to stop waiting; never by default.
  /// - Returns: false at the end of the body, and when there is nothing until `end`.
  /// - Throws: what the transfer ends with; what a kill or timeout throws.
  func waitForBody(until end: Nanoseconds = .never) throws -> Bool {
    try letOthersRun(as: .reader)
    if availableCount > 0 { return true }
    noteReading()
    while availableCount == 0 {
      switch outcome {
      case .success: return false
      case .failure(let error): throw error
      case nil: if try !wait(as: .reader, until: end) { return false }
      }
    }
    return true
  }

  /// Waits until the upload has room, or has no use any more.
  func waitForRoom() throws { try wait(as: .writer) }

  /// One that always finds something is not alone in the world, and has no more time than others.
  func letOthersRun(as side: Side) throws {
    doneWithoutWait += 1
    if doneWithoutWait > Self.mostWithoutWait {
      doneWithoutWait = 0
      try GreenThread.yield()
    }
    guard request.deadline != .never, outcome == nil, engine.hub.now >= request.deadline else {
      return
    }
    throw expire(side)
  }

  /// - Returns: false if nothing has happened until `end`.
  @discardableResult
  private func wait(as side: Side, until end: Nanoseconds = .never) throws -> Bool {
    engine.checkThread()
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("HTTPClient")
    // Nothing of what its parent has begun comes to a forked child.
    guard engine.isOpen() else { return true }
    if let first = side == .reader ? readers.waiter : writers.waiter,
      engine.hub.preventsMultipleReaders
    {
      throw HubError.second(side == .reader ? .reading : .writing, of: -1, after: first)
    }
    let deadline = deadline(of: side)
    enterLine(node, side)
    earliestLook = min(earliestLook, deadline)
    defer { if readers.isEmpty, writers.isEmpty { earliestLook = .never } }
    let isInTime: Bool
    do { isInTime = try hub.park(.event, until: min(deadline, end)) } catch {
      leaveLine(node, side)
      throw error
    }
    leaveLine(node, side)
    doneWithoutWait = 0
    if isInTime || outcome != nil { return true }
    let now = engine.hub.now
    guard now >= self.deadline(of: side) else { return now < end }
    // What has come in the same moment was in time. What has room in the same moment was not sent.
    if side == .reader, phase == .receiving, availableCount > 0 { return true }
    throw expire(side)
  }

  private func enterLine(_ node: WaitQueue.Node, _ side: Side) {
    switch side {
    case .reader: readers.enter(node)
    case .writer: writers.enter(node)
    }
  }

  private func leaveLine(_ node: WaitQueue.Node, _ side: Side) {
    switch side {
    case .reader: readers.leave(node)
    case .writer: writers.leave(node)
    }
  }

  // MARK: Limits

  /// Those who wait are to look at their new limit, if that comes first.
  func lookAtLimits() {
    let reader = readers.isEmpty ? .never : deadline(of: .reader)
    let writer = writers.isEmpty ? .never : deadline(of: .writer)
    guard min(reader, writer) < earliestLook else { return }
    readers.wakeAll()
    writers.wakeAll()
  }

  /// When something must have happened.
  private func deadline(of side: Side) -> Nanoseconds {
    min(request.deadline, limit(of: side).end)
  }

  private struct Limit {
    let end: Nanoseconds
    let phase: HTTPClientTimeout.Phase
    let duration: Duration?

    init(_ phase: HTTPClientTimeout.Phase, _ duration: Duration?, since: Nanoseconds) {
      self.phase = phase
      self.duration = duration
      let (end, overflow) = since.addingReportingOverflow(duration?.nanoseconds ?? .never)
      self.end = duration == nil || overflow ? .never : end
    }
  }

  private func limit(of side: Side) -> Limit {
    let timeouts = request.timeouts
    switch (phase, side) {
    case (.queued, _): return Limit(.connection, nil, since: since)
    case (.connecting, _): return Limit(.connect, timeouts.connect, since: since)
    case (.securing, _): return Limit(.tls, timeouts.tls, since: since)
    // Whatever the server has said already.
    case (_, .writer): return Limit(.sending, timeouts.stall, since: sentAt)
    // What nobody has written yet cannot be sent.
    case (.sending, .reader):
      return Limit(.sending, upload?.isEmpty ?? true ? nil : timeouts.stall, since: sentAt)
    case (.waiting, .reader): return Limit(.head, timeouts.head, since: since)
    case (.receiving, .reader): return Limit(.body, timeouts.stall, since: since)
    }
  }

  /// Gives the transfer up, because its time is over.
  private func expire(_ side: Side) -> HTTPClientTimeout {
    let limit = limit(of: side)
    let isWhole = engine.hub.now < limit.end
    let error = HTTPClientTimeout(
      phase: limit.phase, isWhole: isWhole,
      limit: (isWhole ? request.timeout : limit.duration) ?? .zero, url: request.url.text)
    engine.expire(self, error)
    return error
  }
}
