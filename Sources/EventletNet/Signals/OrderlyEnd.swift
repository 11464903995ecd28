internal import CEventletCore
internal import EventletCore

/// A program that a signal asked to end: what Ctrl-C throws where ``withOrderlyEnd(on:within:_:)``
/// is.
///
/// In Python: `KeyboardInterrupt`.
public struct Interrupted: Error, Hashable, Sendable, CustomStringConvertible {
  /// The signal.
  public let signal: Signal
  /// The green threads that had not ended when the time for that was over.
  public let survivors: [String]

  /// Creates the error.
  public init(_ signal: Signal) { self.init(signal, survivors: []) }

  init(_ signal: Signal, survivors: [String]) {
    self.signal = signal
    self.survivors = survivors
  }

  /// A short text.
  public var description: String {
    "interrupted by \(signal)"
      + (survivors.isEmpty ? "" : "; still there: \(survivors.joined(separator: ", "))")
  }

  /// Ends the process as the signal would have without anybody looking: so a shell that runs it
  /// learns why, and ends its script too.
  ///
  /// Flushes C's standard output and error, unless another OS thread is using them, and runs nothing
  /// else.
  public func endProcess() -> Never { ev_signal_end_process(signal.rawValue) }
}

/// Runs a program's main part so that Ctrl-C, or another signal, ends it in an orderly way.
///
/// ```swift
/// do {
///   try withOrderlyEnd { try runServer() }
/// } catch let end as Interrupted {
///   end.endProcess()
/// }
/// ```
///
/// The first signal throws ``Interrupted`` into the calling green thread where it waits, so its
/// `defer`s run. When `body` has thrown, all other green threads of the hub are killed, so that
/// theirs run too, and have `limit` to end. The second signal ends the process at once, even if a
/// green thread computes and the hub is stuck.
///
/// A `body` that catches the error and returns has decided to go on: then nobody is killed. One that
/// ends just when a signal comes, before the error has reached it, has not: the call throws then.
///
/// A signal that is ignored beforehand stays so, as a program expects that was started with `nohup`,
/// or in the background of a script. Hubs of
/// other OS threads are ended by whoever has made them, and child processes go on; at a terminal
/// Ctrl-C reaches those too.
///
/// Call it in the main green thread.
/// - Parameters:
///   - signals: SIGINT and SIGTERM by default.
///   - limit: How long the others may take to clean up.
///   - body: The program's main part.
/// - Returns: what `body` returns.
/// - Throws: as ``Signals/init(_:)``; what `body` throws; ``Interrupted``, which names those that have
///   not ended within `limit`.
///
/// In Python: `KeyboardInterrupt`, which Eventlet raises in the main green thread alone.
public func withOrderlyEnd<Result>(
  on signals: Set<Signal> = [.interrupt, .terminate], within limit: Duration = .seconds(10),
  _ body: () throws -> Result
) throws -> Result {
  let end = try OrderlyEnd(signals)
  defer { end.close() }
  let result: Result
  do { result = try body() } catch {
    end.takeUndelivered()
    guard let signal = end.signal else { throw error }
    let survivors = try end.killOthers(within: limit)
    if let own = error as? Interrupted, own.signal == signal {
      throw Interrupted(signal, survivors: survivors)
    }
    throw error
  }
  if let signal = end.takeUndelivered() {
    throw Interrupted(signal, survivors: try end.killOthers(within: limit))
  }
  return result
}

/// Throws an error into the main green thread of this OS thread's hub where it waits, or at its next
/// wait.
///
/// The caller goes on. From another OS thread, post it: `hub.post { interruptMain() }`.
/// - Parameter error: ``Interrupted`` by SIGINT by default.
///
/// In Python: `eventlet.green.thread.interrupt_main`.
public func interruptMain(throwing error: any Error = Interrupted(.interrupt)) {
  Hub.current.main.interruptLater(error)
}

private final class OrderlyEnd {
  /// nil if all are ignored.
  private let signals: Signals?
  private let caller = Interrupter()
  private var watcher: AnyGreenThread?
  /// The first that came.
  private(set) var signal: Signal?

  init(_ set: Set<Signal>) throws {
    let wanted = set.filter { !ev_signal_is_ignored($0.rawValue) }
    if wanted.isEmpty, !set.isEmpty {
      signals = nil
      return
    }
    let signals = try Signals(wanted)
    self.signals = signals
    signals.endOnSecond()
    watcher = GreenThread.spawnDiscarding(name: "watcher of \(signals)") { [self] in
      guard let first = try signals.next() else { return }
      signal = first
      caller.interruptLater(Interrupted(first))
    }
  }

  func close() {
    // The watcher ends by that.
    signals?.close()
    caller.withdraw()
    watcher = nil
  }

  /// The first signal, if it has come and the caller does not know.
  @discardableResult
  func takeUndelivered() -> Signal? {
    if caller.withdraw() { return signal }
    // The watcher has not run since.
    guard signal == nil else { return nil }
    signal = signals?.take()
    return signal
  }

  /// - Returns: those that were not gone in time.
  func killOthers(within limit: Duration) throws -> [String] {
    try withShield {
      let hub = Hub.current
      let deadline = hub.deadline(after: limit)
      let ends = Semaphore(value: 0)
      var killed: Set<UInt64> = []
      while true {
        // Anew each time: one that cleans up may spawn others.
        let others = hub.greenThreads.filter(isKilled)
        if others.isEmpty { return [] }
        // Asked in each round: those that links start anew end without anybody having to wait.
        if !killed.isEmpty, hub.now >= deadline { return others.map(\.description) }
        for other in others where killed.insert(other.id).inserted {
          other.link { _ in ends.release() }
          try other.kill()
        }
        let rest = Duration.nanoseconds(max(0, deadline - hub.now))
        if try !ends.acquire(timeout: rest) {
          return hub.greenThreads.filter(isKilled).map(\.description)
        }
        // While there are ends to count, nothing else would run.
        try GreenThread.yield()
      }
    }
  }

  private func isKilled(_ thread: AnyGreenThread) -> Bool {
    thread !== GreenThread.current && thread !== watcher && !Reapers.contains(thread)
  }
}
