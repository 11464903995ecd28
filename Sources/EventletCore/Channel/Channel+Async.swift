// The async twins. They suspend the task, so they hold up no OS thread and no green thread.
extension Channel {
  /// Sends an element from async code; suspends until there is room, or a receiver.
  /// - Parameter element: What to send.
  /// - Throws: ``ChannelError/closed`` if the channel is closed, now or meanwhile;
  ///   `CancellationError` if the task is cancelled. The element was not sent then; if a receiver had
  ///   it already, `send` returns.
  public nonisolated(nonsending) func send(_ element: Element) async throws {
    try Task.checkCancellation()
    switch offer(element) {
    case .done: return
    case .closed: throw ChannelError.closed
    case .full: try await suspendToSend(element)
    }
  }

  /// Takes the next element in async code; suspends until there is one.
  /// - Returns: the element; nil when the channel is closed and nothing is left in it.
  /// - Throws: `CancellationError` if the task is cancelled. The element stays for the next receiver
  ///   then.
  public nonisolated(nonsending) func receive() async throws -> Element? {
    try Task.checkCancellation()
    switch take() {
    case .element(let element): return element
    case .closed: return nil
    case .nothing: return try await suspendToReceive()
    }
  }

  private nonisolated(nonsending) func suspendToSend(_ element: Element) async throws {
    let place = SuspendedWaiter<Element>()
    place.offer.initialize(to: element)
    var entered = Offer.full
    await suspend(place, in: \.senders) {
      entered = enter(sender: place.waiter, offering: place.offer)
      if case .full = entered { return true }
      return false
    }
    if case .done = entered { return }
    let state = withLock { _ in place.waiter.settle(&senders) }
    if state == .chosen { return }
    place.offer.deinitialize(count: 1)
    if case .closed = entered { throw ChannelError.closed }
    if state == .rejected { throw ChannelError.closed }
    throw CancellationError()
  }

  private nonisolated(nonsending) func suspendToReceive() async throws -> Element? {
    let place = SuspendedWaiter<Element>()
    var isAgain = false
    while true {
      var entered = Taken.nothing
      await suspend(place, in: \.receivers) {
        entered = enter(receiver: place.waiter, isAgain: isAgain)
        if case .nothing = entered { return true }
        return false
      }
      switch entered {
      case .element(let element): return element
      case .closed: return nil
      case .nothing: break
      }
      switch settle(receiver: place.waiter, isInterrupted: Task.isCancelled) {
      case (_, .element(let element)): return element
      case (_, .closed): return nil
      case (.rejected, _): return nil
      // The sender for which it was chosen has left, or the task was cancelled.
      case (_, .nothing):
        try Task.checkCancellation()
        isAgain = true
      }
    }
  }

  /// Suspends the task until the waiter is chosen or rejected, or the task cancelled.
  ///
  /// `enter` takes a place in line; false if there is nothing to wait for.
  private nonisolated(nonsending) func suspend(
    _ place: SuspendedWaiter<Element>, in line: ReferenceWritableKeyPath<Channel, RemoteWaitQueue>,
    enter: () -> Bool
  ) async {
    // Key paths are Sendable in all but name: this one captures nothing.
    nonisolated(unsafe) let line = line
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        // Before it is in line, since it may be resumed the moment it is.
        place.waiter.pointee.continuation = continuation
        if !enter() {
          place.waiter.pointee.continuation = nil
          continuation.resume()
        } else {
          // A cancellation that came before found nothing to take out.
          if Task.isCancelled { self.cancel(place, in: line) }
        }
      }
    } onCancel: {
      self.cancel(place, in: line)
    }
  }

  private func cancel(
    _ place: SuspendedWaiter<Element>, in line: ReferenceWritableKeyPath<Channel, RemoteWaitQueue>
  ) {
    withLock { wakeUp in
      let waiter = place.waiter
      guard waiter.pointee.state == .queued else { return }
      self[keyPath: line].remove(waiter)
      guard let continuation = waiter.pointee.continuation else { return }
      waiter.pointee.continuation = nil
      wakeUp = .resume(continuation)
    }
  }
}

/// A task's place in a channel's line, with room for the element that it sends.
///
/// `@unchecked Sendable` because the channel's lock guards the waiter while it is in line, and the
/// task alone has it otherwise.
private final class SuspendedWaiter<Element>: @unchecked Sendable {
  let waiter = RemoteWaiter.Pointer.allocate(capacity: 1)
  let offer = UnsafeMutablePointer<Element>.allocate(capacity: 1)

  init() { waiter.initialize(to: RemoteWaiter(thread: nil, mailbox: nil)) }

  deinit {
    waiter.deinitialize(count: 1)
    waiter.deallocate()
    offer.deallocate()
  }
}

extension Channel: AsyncSequence {
  /// Receives for a `for try await` loop, which ends when the channel is closed and nothing is left.
  ///
  /// ```swift
  /// for try await job in jobs { await run(job) }
  /// ```
  ///
  /// Several loops may share the work. Cancelling the task throws `CancellationError` out of the
  /// loop.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let channel: Channel

    /// As ``Channel/receive()``.
    public mutating func next() async throws -> Element? { try await channel.receive() }

    /// As ``Channel/receive()``, without leaving the caller's actor.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(any Error) -> Element? {
      try await channel.receive()
    }
  }

  /// Makes an iterator for one loop.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: self) }
}
