/// One of the things that `waitForFirst` waits for.
public struct WaitCase<Result> {
  /// Takes what is there already, without a switch: then the handler, to be called outside.
  let takeNow: () throws -> (() throws -> Result)?
  /// Enters the line.
  var enter: (WaitQueue.Node) throws -> Void = { _ in }
  /// Leaves the line, unchosen.
  var leave: (WaitQueue.Node) -> Void = { _ in }
  /// Takes what it was chosen for; nil if that is gone again.
  ///
  /// The state may also be `rejected`.
  var accept: (WaitNode.State) -> (() throws -> Result)? = { _ in nil }
  /// Passes on what it was chosen for: another case won.
  var decline: () -> Void = {}
  var timeout: Duration?
  var onTimeout: (() throws -> Result)?
}

extension WaitCase {
  /// The next item of a queue.
  /// - Parameters:
  ///   - queue: Of any kind.
  ///   - handler: Given the item.
  /// - Returns: The case.
  public static func item<Storage>(
    of queue: BaseQueue<Storage>, _ handler: @escaping (Storage.Item) throws -> Result
  ) -> WaitCase {
    let take: () -> (() throws -> Result)? = {
      guard let item = queue.takeIfAvailable() else { return nil }
      return { try handler(item) }
    }
    return WaitCase(
      takeNow: take, enter: { queue.getters.append($0) }, leave: { queue.getters.remove($0) },
      accept: { _ in
        guard let item = queue.takePromised() else { return nil }
        return { try handler(item) }
      },
      decline: { queue.declinePromised() })
  }

  /// An event's value.
  ///
  /// If an error was sent, it is thrown.
  /// - Parameters:
  ///   - event: It may have been sent already.
  ///   - handler: Given the value.
  /// - Returns: The case.
  public static func event<Value>(
    _ event: Event<Value>, _ handler: @escaping (Value) throws -> Result
  ) -> WaitCase {
    let delivery = EventDelivery<Value>()
    return WaitCase(
      takeNow: { event.outcome.map { outcome in { try handler(outcome.get()) } } },
      enter: { node in
        node.pointee.payload = UnsafeMutableRawPointer(delivery.storage)
        event.waiters.append(node)
      },
      leave: { event.waiters.remove($0) },
      accept: { _ in delivery.storage.pointee.map { outcome in { try handler(outcome.get()) } } })
  }

  /// A permit of a semaphore.
  ///
  /// It is the caller's to release.
  /// - Parameters:
  ///   - semaphore: Of any kind but ``CappedSemaphore``.
  ///   - handler: Called with the permit acquired.
  /// - Returns: The case.
  public static func permit(
    of semaphore: Semaphore, _ handler: @escaping () throws -> Result
  ) -> WaitCase {
    WaitCase(
      takeNow: { semaphore.acquireNoWait() ? handler : nil },
      enter: { semaphore.waiters.append($0) }, leave: { semaphore.waiters.remove($0) },
      accept: { _ in handler }, decline: { semaphore.passOn() })
  }

  /// The end of a green thread.
  ///
  /// If an error or a kill ended it, that is thrown.
  /// - Parameters:
  ///   - thread: It may have ended already. That of the caller would never end.
  ///   - handler: Given its result.
  /// - Returns: The case.
  public static func end<Success>(
    of thread: GreenThread<Success>, _ handler: @escaping (Success) throws -> Result
  ) -> WaitCase {
    let take: () -> (() throws -> Result)? = {
      thread.isFinished ? { try handler(thread.outcome()) } : nil
    }
    return WaitCase(
      takeNow: take, enter: { thread.joiners.append($0) }, leave: { thread.joiners.remove($0) },
      accept: { _ in take() })
  }

  /// A descriptor that is readable, at its end, or broken; see
  /// ``Hub/waitUntilReadable(_:timeout:)``.
  /// - Parameters:
  ///   - descriptor: Somebody else's; any that epoll takes.
  ///   - handler: Called when it is.
  /// - Returns: The case.
  public static func readable(
    _ descriptor: Int32, _ handler: @escaping () throws -> Result
  ) -> WaitCase { ready(descriptor, .reading, handler) }

  /// What a readable descriptor tells of.
  /// - Parameters:
  ///   - descriptor: Of the caller's, which others may have read before the case's turn comes.
  ///   - take: Takes what is there, without a switch; nil if there is nothing.
  /// - Returns: The case.
  package static func readable(
    _ descriptor: Int32, taking take: @escaping () -> (() throws -> Result)?
  ) -> WaitCase {
    let `case` = ready(descriptor, .reading) { fatalError("a case that takes has no handler") }
    let closed = `case`.accept
    return WaitCase(
      takeNow: take, enter: `case`.enter, leave: `case`.leave,
      accept: { state in state == .rejected ? closed(state) : take() })
  }

  /// A descriptor that takes data, or is broken; see ``Hub/waitUntilWritable(_:timeout:)``.
  /// - Parameters:
  ///   - descriptor: Somebody else's; any that epoll takes.
  ///   - handler: Called when it is.
  /// - Returns: The case.
  public static func writable(
    _ descriptor: Int32, _ handler: @escaping () throws -> Result
  ) -> WaitCase { ready(descriptor, .writing, handler) }

  /// Time that passes without any of the other cases.
  /// - Parameters:
  ///   - duration: Zero lets ready work run once.
  ///   - handler: Called when it has passed.
  /// - Returns: The case.
  public static func timeout(
    _ duration: Duration, _ handler: @escaping () throws -> Result
  ) -> WaitCase {
    WaitCase(takeNow: { nil }, timeout: duration, onTimeout: handler)
  }

  private static func ready(
    _ descriptor: Int32, _ direction: DescriptorRecord.Direction,
    _ handler: @escaping () throws -> Result
  ) -> WaitCase {
    WaitCase(
      takeNow: { Hub.current.isReady(descriptor, direction) ? handler : nil },
      enter: { try Hub.current.enterLine(of: descriptor, direction, $0) },
      leave: { Hub.current.leaveLine(of: descriptor, direction, $0) },
      accept: { state in
        state == .rejected
          ? { throw HubError.closedWhileWaiting(descriptor: descriptor) } : handler
      })
  }
}

/// Where an event puts what was sent, for a waiter that is not on its own stack.
private final class EventDelivery<Value> {
  let storage = UnsafeMutablePointer<Result<Value, any Error>?>.allocate(capacity: 1)

  init() { storage.initialize(to: nil) }

  deinit {
    storage.deinitialize(count: 1)
    storage.deallocate()
  }
}
