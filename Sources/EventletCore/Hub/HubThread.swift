internal import CEventletCore
internal import Glibc
internal import Synchronization

/// An OS thread with a hub of its own, which runs a body on its main green thread.
///
/// ```swift
/// let results = Channel<Int>(capacity: 10)
/// let other = try HubThread.start(name: "primes") {
///   for number in 2... where isPrime(number) { try results.send(number) }
/// }
/// print(try results.receive() ?? 0)
/// other.stop()
/// try other.join()
/// ```
///
/// This is how a program uses several cores: each hub has one. It helps where computing is what
/// takes the time; green threads that wait for most of theirs are as well off on one hub, and need
/// no locks there. Hubs share nothing but what is `Sendable`; a ``Channel`` carries what one has for
/// another.
///
/// When the body ends, the hub is destroyed: its green threads are killed, its memory and
/// descriptors given back. Then the OS thread ends. Dropping the handle stops nothing.
///
/// In Python there is none: each `threading.Thread` gets a hub when it needs one, and nothing
/// destroys that.
public final class HubThread: Sendable {
  /// How others reach the hub: may be used before the hub has begun.
  public let reference: HubReference
  /// For reports, and what the system calls the OS thread, of which it shows 15 bytes.
  public let name: String
  private let life: HubThreadLife
  /// nil once it is joined.
  private let thread: Mutex<pthread_t?>

  private init(
    reference: HubReference, name: String, life: HubThreadLife, thread: consuming sending pthread_t
  ) {
    self.reference = reference
    self.name = name
    self.life = life
    self.thread = Mutex(thread)
  }

  deinit {
    thread.withLock { thread in
      if let thread { pthread_detach(thread) }
    }
  }

  /// Starts an OS thread, makes its hub and runs `body` on its main green thread.
  ///
  /// Returns at once, without a switch.
  /// - Parameters:
  ///   - name: For reports and for the system; "hub" by default.
  ///   - configuration: How the hub is made; by default as any hub is.
  ///   - body: May block greenly. What it captures moves to the other OS thread, so the compiler
  ///     refuses what is used here too and is not `Sendable`. An error that leaves it is thrown by
  ///     ``join(timeout:)``; if nobody joins, it is reported like any uncaught error.
  /// - Returns: a handle.
  /// - Throws: ``SystemError`` when there is no descriptor or no OS thread to be had. What keeps the
  ///   hub from being made later is thrown by ``join(timeout:)``.
  public static func start(
    name: String = "hub", configuration: sending Hub.Configuration = Hub.Configuration(),
    _ body: sending @escaping () throws -> Void
  ) throws -> HubThread {
    let reference = HubReference(try Mailbox())
    let life = HubThreadLife(name: name)
    let start = HubThreadStart(reference, life, configuration, body)
    var thread = pthread_t()
    let opaque = Unmanaged.passRetained(start).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { opaque in
        // SAFETY: `start` retained it for us.
        if let opaque { Unmanaged<HubThreadStart>.fromOpaque(opaque).takeRetainedValue().run() }
        return nil
      }, opaque)
    guard status == 0 else {
      Unmanaged<HubThreadStart>.fromOpaque(opaque).release()
      throw SystemError(call: "pthread_create", errno: status, subject: name)
    }
    return HubThread(reference: reference, name: name, life: life, thread: thread)
  }

  /// Throws ``GreenThreadExit`` into the body where it waits, or at its next wait.
  ///
  /// May be called on any OS thread, never blocks, and does nothing when the body has ended. A body
  /// that catches the error and waits again survives, as one that is killed does.
  public func stop() {
    reference.post {
      let hub = Hub.current
      hub.interrupt(hub.main, with: GreenThreadExit())
    }
  }

  /// Waits until the body has ended, the hub is destroyed and the OS thread gone, at most `timeout`.
  ///
  /// Parks the calling green thread, and holds up its hub no longer than the last microseconds of the
  /// OS thread. Any number of green threads, of any hub, may wait.
  /// - Parameter timeout: nil, the default, waits for ever; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: what left the body, but for the error of ``stop()``;
  ///   ``HubError/selfWait(_:)`` on the thread's own hub; what a kill or timeout throws, and then it
  ///   may be called again.
  @discardableResult
  public func join(timeout: Duration? = nil) throws -> Bool {
    try refuseSelfWait()
    do { _ = try life.ended.receive(timeout: timeout) } catch ChannelError.empty { return false }
    try reap()
    return true
  }

  /// Waits until the body has ended, the hub is destroyed and the OS thread gone.
  /// - Throws: as ``join(timeout:)``; `CancellationError` if the task is cancelled.
  public nonisolated(nonsending) func join() async throws {
    try refuseSelfWait()
    _ = try await life.ended.receive()
    try reap()
  }

  private func refuseSelfWait() throws {
    if Hub.ifPresent?.mailbox === reference.mailbox {
      throw HubError.selfWait("hub thread '\(name)'")
    }
  }

  /// The OS thread has told that it has nothing left to do but to end.
  private func reap() throws {
    thread.withLock { thread in
      if let thread { pthread_join(thread, nil) }
      thread = nil
    }
    try life.takeOutcome()
  }
}

/// What the handle and the OS thread both know.
private final class HubThreadLife: Sendable {
  private struct Outcome {
    var error: (any Error)?
    var isObserved = false
  }

  /// Closed at the very end.
  let ended = Channel<Never>(capacity: 0)
  let name: String
  private let outcome = Mutex(Outcome())

  init(name: String) { self.name = name }

  deinit {
    let outcome = outcome.withLock { $0 }
    if let error = outcome.error, !outcome.isObserved {
      UncaughtError.report(error, origin: "hub thread '\(name)'")
    }
  }

  func end(_ error: (any Error)?) {
    if let error, !(error is GreenThreadExit) { outcome.withLock { $0.error = error } }
    ended.close()
  }

  func takeOutcome() throws {
    let error = outcome.withLock { outcome in
      outcome.isObserved = true
      return outcome.error
    }
    if let error { throw error }
  }
}

/// What the new OS thread begins with.
///
/// It lets go of the reference before the body runs: a hub that held its own would never be found
/// dead-locked.
private final class HubThreadStart {
  private var reference: HubReference?
  private let life: HubThreadLife
  private let configuration: Hub.Configuration
  private var body: (() throws -> Void)?

  init(
    _ reference: HubReference, _ life: HubThreadLife, _ configuration: Hub.Configuration,
    _ body: @escaping () throws -> Void
  ) {
    self.reference = reference
    self.life = life
    self.configuration = configuration
    self.body = body
  }

  func run() {
    ev_set_thread_name(life.name)
    life.end(runBody())
  }

  private func runBody() -> (any Error)? {
    do {
      let hub = try Hub(configuration: configuration, mailbox: reference?.mailbox)
      hub.outsideReference = reference
    } catch {
      if let reference { Hub.runElsewhere(reference.mailbox.shutDown()) }
      return error
    }
    reference = nil
    var failure: (any Error)?
    do { try body?() } catch { failure = error }
    // Released here, where what it captured belongs.
    body = nil
    do { try Hub.current.destroy() } catch { failure = failure ?? error }
    return failure
  }
}
