internal import CEventletCore
public import EventletCore
internal import Glibc

/// Signals that a green thread waits for.
///
/// ```swift
/// let signals = try Signals([.hangUp, .terminate])
/// defer { signals.close() }
/// while let signal = try signals.next() {
///   if signal == .terminate { break }
///   try readConfiguration()
/// }
/// ```
///
/// While such an object is open its signals do nothing else; afterwards they do what they did
/// before. Several objects may want the same signal, on any hubs: each gets it. Within one object
/// one green thread waits at a time, and a second gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``. Signals that come
/// before anybody waits are kept; of the same signal, several that come before it is taken are one,
/// as everywhere in Unix, so SIGCHLD says only that some children have ended.
///
/// Underneath is a handler for the whole process and not signalfd(2), which would want the signal
/// blocked in every OS thread, those of other libraries too. So it does not matter which of them a
/// signal comes to; one that all of them block never comes. A child made with `fork` watches anew
/// what is open; started programs get the default actions.
///
/// Dropping the last reference closes. Not `Sendable`.
///
/// In Python: `signal.signal`, `gevent.signal_handler`.
public final class Signals: CustomStringConvertible {
  /// What it waits for.
  public let watched: Set<Signal>
  private let watcher: OpaquePointer
  private let descriptor: Int32
  /// Whether it was closed.
  public private(set) var isClosed = false

  /// Begins to watch.
  /// - Parameter set: At least one; neither SIGKILL nor SIGSTOP, nor what the processor reports of a
  ///   program's own mistakes, such as SIGSEGV.
  /// - Throws: ``/EventletCore/SystemError`` for signals that cannot be caught;
  ///   ``/EventletCore/HubError/invalidArgument(_:)`` for an empty set and for SIGSEGV and the like.
  public init(_ set: Set<Signal>) throws {
    if set.isEmpty { throw HubError.invalidArgument("Signals: no signal to wait for") }
    let faults = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS].map(Signal.init(rawValue:))
    if let fault = set.first(where: { faults.contains($0) }) {
      throw HubError.invalidArgument("Signals: \(fault) is no event but a mistake of the program")
    }
    guard let watcher = ev_signal_watcher_begin() else { throw SystemError(call: "eventfd") }
    watched = set
    self.watcher = watcher
    descriptor = ev_signal_watcher_descriptor(watcher)
    for signal in set.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard ev_signal_watcher_add(watcher, signal.rawValue) == 0 else {
        let error = SystemError(call: "sigaction", subject: "\(signal)")
        close()
        throw error
      }
    }
  }

  deinit { close() }

  /// From now on the second signal, counted from the beginning, ends the process at once.
  func endOnSecond() { ev_signal_watcher_end_on_second(watcher) }

  /// Waits for the next signal.
  /// - Parameter timeout: nil is for ever; zero lets ready work run once.
  /// - Returns: The signal, the one with the lowest number if several have come; nil when the time
  ///   passed first, or the object was closed.
  /// - Throws: ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``; what a
  ///   kill or timeout throws, and then no signal is lost.
  public func next(timeout: Duration? = nil) throws -> Signal? {
    let deadline = Hub.current.deadline(after: timeout)
    while !isClosed {
      if let signal = take() { return signal }
      let rest = deadline == .max ? nil : Duration.nanoseconds(max(0, deadline - Hub.current.now))
      do {
        if try !Hub.current.waitUntilReadable(descriptor, timeout: rest) { return nil }
      } catch HubError.closedWhileWaiting where isClosed { return nil }
    }
    return nil
  }

  /// One that has come.
  func take() -> Signal? {
    if isClosed { return nil }
    let number = ev_signal_watcher_take(watcher)
    return number == 0 ? nil : Signal(rawValue: number)
  }

  /// Stops watching: whoever waits gets nil, and the signals do what they did before, unless
  /// somebody else has changed that meanwhile.
  ///
  /// Never switches. Closing twice does nothing.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    Hub.ifPresent?.notifyClose(descriptor)
    ev_signal_watcher_finish(watcher)
  }

  /// What it waits for, for messages.
  public var description: String {
    watched.sorted { $0.rawValue < $1.rawValue }.map(\.description).joined(separator: ", ")
  }

  /// A case of ``/EventletCore/waitForFirst(of:)-(WaitCase<Result>...)``: the next signal.
  ///
  /// ```swift
  /// let reason = try waitForFirst(
  ///   of: .item(of: jobs) { "job \($0)" },
  ///   signals.waitCase { "\($0)" })
  /// ```
  /// - Parameter handler: Given the signal.
  /// - Returns: The case. It throws ``/EventletCore/HubError/closedWhileWaiting(descriptor:)`` if the
  ///   object is closed meanwhile.
  public func waitCase<Result>(
    _ handler: @escaping (Signal) throws -> Result
  ) -> WaitCase<Result> {
    .readable(descriptor, taking: { [self] in take().map { signal in { try handler(signal) } } })
  }
}

/// Waits for signals inside a scope.
///
/// ```swift
/// try withSignals([.windowChange]) { signals in
///   while try signals.next() != nil { try draw() }
/// }
/// ```
/// - Returns: what `body` returns; then the signals do what they did before.
/// - Throws: as ``Signals/init(_:)``; what `body` throws.
public func withSignals<Result>(
  _ set: Set<Signal>, _ body: (Signals) throws -> Result
) throws -> Result {
  let signals = try Signals(set)
  defer { signals.close() }
  return try body(signals)
}
