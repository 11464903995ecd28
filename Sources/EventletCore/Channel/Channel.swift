public import DequeModule

/// A line of elements from any hub, async code or plain OS thread to any other.
///
/// ```swift
/// let jobs = Channel<Job>(capacity: 100)
/// let worker = try HubThread.start {
///   while let job = try jobs.receive() { run(job) }
/// }
/// for job in backlog { try jobs.send(job) }   // waits while 100 are not received
/// jobs.close()
/// try worker.join()
/// ```
///
/// First come, first served: among elements, among those who wait to receive and among those who
/// wait to send, wherever they are. What one sender sends, any one receiver gets in that order. Of
/// several receivers that were woken, whoever runs first takes the first element: to bind elements to
/// receivers would break that order when one is killed.
///
/// Elements are `Sendable`, so the compiler refuses to send a green object, which belongs to its
/// hub, to another one. Within one hub a ``Queue`` costs less.
///
/// A kill, timeout or cancellation may come at any wait and loses and doubles nothing: an element
/// stays in the channel until its receiver runs and takes it. A hub that is destroyed kills those of
/// its green threads that wait here, and they leave.
///
/// A hub whose green threads wait for nothing but channels waits for ever: whether anybody outside
/// still holds the channel, it does not know, so that is no
/// ``HubError/deadlock(_:)``. A forked child has a copy of its own, with which its green threads go on;
/// nothing passes between the two processes. One that another OS thread was using at the moment of the
/// fork must not be used in the child.
///
/// In Python there is none: a queue there works within one OS thread.
public final class Channel<Element: Sendable>: @unchecked Sendable {
  // @unchecked Sendable because whatever changes is guarded by `lock`. No user code runs under it:
  // elements are moved there, never destroyed, and async code is resumed afterwards.

  @usableFromInline let lock = BriefLock()
  @exclusivity(unchecked) @usableFromInline var elements = Deque<Element>()
  @exclusivity(unchecked) @usableFromInline var receivers = RemoteWaitQueue()
  /// Each with its element.
  @exclusivity(unchecked) @usableFromInline var senders = RemoteWaitQueue()
  /// Receivers that were woken for an element and have not gone on to take it.
  @exclusivity(unchecked) @usableFromInline var promised = 0
  @exclusivity(unchecked) @usableFromInline var hasEnded = false
  @usableFromInline let limit: Int

  /// Creates an open channel.
  /// - Parameter capacity: How many elements may be in it before sending waits. 0: as many as there
  ///   are receivers that wait, so sender and receiver meet. nil: any number.
  @inlinable
  public init(capacity: Int?) {
    require((capacity ?? 0) >= 0, "Channel: a capacity of \(capacity ?? 0)")
    limit = capacity ?? .max
  }

  /// How many elements may be in it before sending waits; nil is any number.
  @inlinable public var capacity: Int? { limit == .max ? nil : limit }

  /// How many elements are in it, those not counted whose senders wait.
  ///
  /// Others may change that before the caller looks at it.
  public var count: Int { lock.withLock { elements.count } }

  /// Whether it was closed; there may be elements left.
  public var isClosed: Bool { lock.withLock { hasEnded } }

  /// How many wait to send.
  ///
  /// Others may change that before the caller looks at it.
  public var sendingCount: Int { lock.withLock { senders.count } }

  /// How many wait to receive.
  ///
  /// Others may change that before the caller looks at it.
  public var receivingCount: Int { lock.withLock { receivers.count } }

  // MARK: Sending

  /// Sends an element; waits for room, or for a receiver, at most `timeout`.
  ///
  /// Parks the calling green thread. Does not switch when there is room, except that every 256th
  /// call lets others run: a peer on another OS thread may make room so fast that no call has to
  /// wait.
  /// - Parameters:
  ///   - element: What to send.
  ///   - timeout: nil, the default, waits for ever; zero lets ready work run once.
  /// - Throws: ``ChannelError/closed`` if the channel is closed, now or while it waits;
  ///   ``ChannelError/full`` when the time passed first; what a kill or timeout throws. The element
  ///   was not sent then. If a receiver had it already, `send` returns, and the kill or timeout is
  ///   thrown at the next wait.
  @inlinable
  public func send(_ element: Element, timeout: Duration? = nil) throws {
    try RemoteWait.letOthersRun()
    switch offer(element) {
    case .done: return
    case .closed: throw ChannelError.closed
    case .full: try waitToSend(element, until: RemoteWait.deadline(after: timeout))
    }
  }

  /// Sends an element if there is room, or somebody who waits to receive.
  ///
  /// Never waits and needs no hub: for plain OS threads, callbacks of a hub, any context but a signal
  /// handler.
  /// - Parameter element: What to send.
  /// - Throws: ``ChannelError/full``, ``ChannelError/closed``. The element was not sent then.
  @inlinable
  public func sendNoWait(_ element: Element) throws(ChannelError) {
    switch offer(element) {
    case .done: return
    case .closed: throw .closed
    case .full: throw .full
    }
  }

  // MARK: Receiving

  /// Takes the next element; waits for one, at most `timeout`.
  ///
  /// Parks the calling green thread. Does not switch when there is an element, except that every
  /// 256th call lets others run.
  /// - Parameter timeout: nil, the default, waits for ever; zero lets ready work run once.
  /// - Returns: the element; nil when the channel is closed and nothing is left in it, now and ever
  ///   after.
  /// - Throws: ``ChannelError/empty`` when the time passed first; what a kill or timeout throws.
  ///   The element stays for the next receiver then.
  @inlinable
  public func receive(timeout: Duration? = nil) throws -> Element? {
    try RemoteWait.letOthersRun()
    switch take() {
    case .element(let element): return element
    case .closed: return nil
    case .nothing: return try waitToReceive(until: RemoteWait.deadline(after: timeout))
    }
  }

  /// Takes the next element if there is one, in the channel or with a sender that waits.
  ///
  /// Never waits and needs no hub, see ``sendNoWait(_:)``.
  /// - Returns: the element; nil when the channel is closed and nothing is left in it.
  /// - Throws: ``ChannelError/empty``.
  @inlinable
  public func receiveNoWait() throws(ChannelError) -> Element? {
    switch take() {
    case .element(let element): return element
    case .closed: return nil
    case .nothing: throw .empty
    }
  }

  /// Receives until the channel is closed and nothing is left.
  ///
  /// ```swift
  /// try jobs.forEach { try run($0) }
  /// ```
  ///
  /// Several green threads may share the work so. Parks the caller between elements.
  /// - Parameter body: Called with each element; may wait.
  /// - Throws: what `body` throws, and then the rest stays in the channel; what a kill or timeout
  ///   throws.
  @inlinable
  public func forEach(_ body: (Element) throws -> Void) throws {
    while let element = try receive() { try body(element) }
  }

  // MARK: The end

  /// Ends the channel: nothing can be sent any more; what is in it can be received.
  ///
  /// Whoever waits to receive gets nil when nothing is left for it; whoever waits to send gets
  /// ``ChannelError/closed``. Never waits and needs no hub; closing twice does nothing.
  public func close() {
    lock.withLock { hasEnded = true }
    while withLock({ wakeUp in rejectOne(&wakeUp) }) {}
  }

  /// - Returns: false when there is nobody to whom the end is to be told.
  @usableFromInline
  func rejectOne(_ wakeUp: inout RemoteWakeUp) -> Bool {
    if senders.count > 0 {
      _ = senders.choose(as: .rejected, &wakeUp)
      return true
    }
    // As long as something is promised to one who may yet be killed, it may become another's.
    if receivers.count > 0, promised == 0, elements.isEmpty {
      _ = receivers.choose(as: .rejected, &wakeUp)
      return true
    }
    return false
  }
}

// MARK: Under the lock

extension Channel {
  @usableFromInline
  enum Offer: Sendable {
    case done
    case full
    case closed
  }

  @usableFromInline
  enum Taken: Sendable {
    case element(Element)
    case nothing
    case closed
  }

  @inlinable
  func withLock<Result>(_ body: (inout RemoteWakeUp) -> Result) -> Result {
    var wakeUp = RemoteWakeUp.nothing
    let result = lock.withLock { body(&wakeUp) }
    if case .nothing = wakeUp {} else { wakeUp.perform() }
    return result
  }

  @inlinable
  func offer(_ element: Element) -> Offer {
    withLock { wakeUp in
      if hasEnded { return .closed }
      guard hasRoom else { return .full }
      elements.append(element)
      promise(&wakeUp)
      return .done
    }
  }

  /// Nobody waits to send while there is room, and nobody overtakes those who do.
  @inlinable
  var hasRoom: Bool { elements.count < limit || (receivers.count > 0 && senders.count == 0) }

  /// What a receiver may take now: in the channel or offered by a sender, and not promised.
  @inlinable
  var available: Int { elements.count + (hasEnded ? 0 : senders.count) - promised }

  /// Wakes a receiver if there is an element for it.
  @inlinable
  func promise(_ wakeUp: inout RemoteWakeUp) {
    guard receivers.count > 0, available > 0 else { return }
    _ = receivers.choose(as: .chosen, &wakeUp)
    promised += 1
  }

  @inlinable
  func take() -> Taken {
    withLock { wakeUp in available > 0 ? takeNext(&wakeUp) : none }
  }

  @inlinable
  var none: Taken { hasEnded && elements.isEmpty ? .closed : .nothing }

  /// The element that comes next, if it is still there.
  @inlinable
  func takeNext(_ wakeUp: inout RemoteWakeUp) -> Taken {
    if let element = elements.popFirst() {
      if elements.count < limit, senders.count > 0, !hasEnded {
        elements.append(takeOffer(&wakeUp))
      }
      return .element(element)
    }
    if senders.count > 0, !hasEnded { return .element(takeOffer(&wakeUp)) }
    return none
  }

  /// The element of the sender that waits longest, straight from where it keeps it.
  @inlinable
  func takeOffer(_ wakeUp: inout RemoteWakeUp) -> Element {
    let sender = senders.choose(as: .chosen, &wakeUp)
    // SAFETY: a sender keeps an element there while it is in line, and leaves it to us when chosen.
    return sender.pointee.payload.unsafelyUnwrapped.assumingMemoryBound(to: Element.self).move()
  }

  /// Sends at last, or takes a place in line.
  @inlinable
  func enter(
    sender: RemoteWaiter.Pointer, offering offer: UnsafeMutablePointer<Element>
  ) -> Offer {
    withLock { wakeUp in
      if hasEnded { return .closed }
      if hasRoom {
        elements.append(offer.move())
        promise(&wakeUp)
        return .done
      }
      sender.pointee.payload = UnsafeMutableRawPointer(offer)
      senders.append(sender)
      promise(&wakeUp)
      return .full
    }
  }

  /// Takes at last, or takes a place in line.
  @inlinable
  func enter(receiver: RemoteWaiter.Pointer, isAgain: Bool) -> Taken {
    withLock { wakeUp in
      if available > 0 { return takeNext(&wakeUp) }
      if case .closed = none { return .closed }
      if isAgain { receivers.putBack(receiver) } else { receivers.append(receiver) }
      return .nothing
    }
  }

  /// Ends a receiver's wait; if it was chosen, takes what was promised, or passes it on when
  /// `isInterrupted`.
  ///
  /// - Returns: The state, and what was taken: nothing if the sender has left for which it was
  ///   chosen.
  @inlinable
  func settle(
    receiver: RemoteWaiter.Pointer, isInterrupted: Bool
  ) -> (state: RemoteWaiter.State, taken: Taken) {
    let result = withLock { wakeUp -> (state: RemoteWaiter.State, taken: Taken) in
      let state = receiver.settle(&receivers)
      guard state == .chosen else { return (state, .nothing) }
      promised -= 1
      if !isInterrupted { return (state, takeNext(&wakeUp)) }
      promise(&wakeUp)
      return (state, .nothing)
    }
    if result.state == .chosen { tellOfEnd() }
    return result
  }

  /// Those whom the end was not told as long as something might have become theirs.
  @usableFromInline
  func tellOfEnd() {
    while withLock({ wakeUp in hasEnded && rejectOne(&wakeUp) }) {}
  }
}

// MARK: Waiting greenly

extension Channel {
  @inlinable
  func waitToSend(_ element: Element, until deadline: Nanoseconds) throws {
    try withUnsafeTemporaryAllocation(of: RemoteWaiter.self, capacity: 1) { place in
      try withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { memory in
        let wait = try RemoteWait("Channel.send", place.baseAddress.unsafelyUnwrapped)
        defer { wait.end() }
        let offer = memory.baseAddress.unsafelyUnwrapped
        offer.initialize(to: element)
        switch enter(sender: wait.waiter, offering: offer) {
        case .done: return
        case .closed:
          offer.deinitialize(count: 1)
          throw ChannelError.closed
        case .full: break
        }
        var failure: (any Error)?
        do { _ = try wait.park(until: deadline) } catch { failure = error }
        let state = withLock { _ in wait.waiter.settle(&senders) }
        if state == .chosen {
          // It has happened and cannot be taken back.
          if let failure { wait.postpone(failure) }
          return
        }
        offer.deinitialize(count: 1)
        throw failure ?? (state == .rejected ? ChannelError.closed : ChannelError.full)
      }
    }
  }

  @inlinable
  func waitToReceive(until deadline: Nanoseconds) throws -> Element? {
    try withUnsafeTemporaryAllocation(of: RemoteWaiter.self, capacity: 1) { place in
      let wait = try RemoteWait("Channel.receive", place.baseAddress.unsafelyUnwrapped)
      defer { wait.end() }
      var isAgain = false
      while true {
        switch enter(receiver: wait.waiter, isAgain: isAgain) {
        case .element(let element): return element
        case .closed: return nil
        case .nothing: break
        }
        do { _ = try wait.park(until: deadline) } catch {
          _ = settle(receiver: wait.waiter, isInterrupted: true)
          throw error
        }
        switch settle(receiver: wait.waiter, isInterrupted: false) {
        case (_, .element(let element)): return element
        case (_, .closed), (.rejected, _): return nil
        // The sender for which it was chosen has left.
        case (.chosen, .nothing): isAgain = true
        case (_, .nothing): throw ChannelError.empty
        }
      }
    }
  }
}
