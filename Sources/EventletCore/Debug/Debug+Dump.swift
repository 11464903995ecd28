internal import CEventletCore
internal import Glibc
internal import Synchronization

extension Debug {
  /// The dumps of all hubs of the process, as ``Hub/dump(hidingLibraryFrames:)``.
  ///
  /// Each hub is asked to make its own. One that does not answer in time is blocked: then it says who
  /// blocks it, and where.
  /// - Parameters:
  ///   - timeout: How long to wait for hubs of other OS threads; the calling OS thread
  ///     does nothing else meanwhile.
  ///   - hidingLibraryFrames: Leave out how the library waits and how it starts a body.
  /// - Returns: Several lines, without a line break at the end.
  public static func dump(
    timeout: Duration = .milliseconds(500), hidingLibraryFrames: Bool = true
  ) -> String {
    let questions = askAllHubs()
    let end = monotonicNow() + timeout.nanoseconds
    let parts = questions.map { question in
      let left = Duration.nanoseconds(max(0, end - monotonicNow()))
      let text =
        question.answer(within: left)?.text(hidingLibraryFrames: hidingLibraryFrames)
        ?? question.describeBlocked(after: timeout)
      return "hub of OS thread \(question.identifier):\n\(text)"
    }
    return parts.isEmpty ? "no hubs" : parts.joined(separator: "\n")
  }

  static func askAllHubs() -> [DumpQuestion] {
    var questions: [DumpQuestion] = []
    let own = ev_thread_current()
    forEachHubThread { thread in
      let question = DumpQuestion(identifier: thread.pointee.identifier)
      questions.append(question)
      if thread == own { return }
      guard let mailbox = thread.pointee.mailbox else { return }
      // SAFETY: a hub leaves the registry before it lets go of its mailbox.
      Unmanaged<Mailbox>.fromOpaque(mailbox)._withUnsafeGuaranteedRef {
        _ = $0.post { question.answer(HubDump(Hub.current)) }
      }
    }
    for question in questions where question.identifier == own?.pointee.identifier {
      question.answer(HubDump(Hub.current))
    }
    return questions
  }

  /// Has all hubs dumped whenever the process gets a signal, even while they are blocked.
  ///
  /// ```swift
  /// try Debug.dumpOnSignal(SIGQUIT)   // kill -QUIT, or Ctrl-\ on the terminal
  /// ```
  ///
  /// The signal does nothing else any more. Not inherited by children made with `fork`.
  /// - Parameters:
  ///   - signal: Such as SIGQUIT or SIGUSR1.
  ///   - write: Called on an OS thread of its own; nil prints to standard error.
  /// - Throws: ``SystemError`` for a signal that cannot be caught.
  public static func dumpOnSignal(
    _ signal: Int32, to write: (@Sendable (String) -> Void)? = nil
  ) throws {
    signalWriters.withLock { $0[signal] = write ?? { writeToStandardError($0 + "\n") } }
    guard ev_signal_watch(signal) == 0 else {
      signalWriters.withLock { $0[signal] = nil }
      throw SystemError(call: "sigaction", subject: "signal \(signal)")
    }
    _ = signalThread
  }

  /// Gives a signal back to whom it belonged to before ``dumpOnSignal(_:to:)``.
  public static func stopDumping(onSignal signal: Int32) {
    guard signalWriters.withLock({ $0.removeValue(forKey: signal) }) != nil else { return }
    ev_signal_unwatch(signal)
  }

  private static let signalWriters = Mutex<[Int32: @Sendable (String) -> Void]>([:])

  private static let signalThread: Void = startWatcher {
    while true {
      let signal = ev_signal_wait()
      guard let write = signalWriters.withLock({ $0[signal] }) else { continue }
      write(dump())
    }
  }
}

/// What one hub is asked for, and its answer.
final class DumpQuestion: Sendable {
  let identifier: Int32
  private let dump = Mutex<HubDump?>(nil)
  private let answered = OSThreadSemaphore()

  init(identifier: Int32) { self.identifier = identifier }

  func answer(_ dump: HubDump) {
    self.dump.withLock { $0 = dump }
    answered.post()
  }

  /// - Returns: nil when it did not come in time.
  func answer(within timeout: Duration) -> HubDump? {
    _ = answered.wait(timeout: timeout)
    return dump.withLock { $0 }
  }

  func describeBlocked(after timeout: Duration) -> String {
    var code: RunningCode?
    var isThere = false
    forEachHubThread { thread in
      guard thread.pointee.identifier == identifier else { return }
      isThere = true
      code = RunningCode(of: thread)
    }
    guard isThere else { return "  it has ended meanwhile" }
    guard let code else { return "  it does not answer" }
    let place = code.systemCall.map { " (in system call \($0))" } ?? ""
    let head = "  it does not answer for \(timeout): \(code.label) blocks it\(place)"
    return ([head] + code.frames.map { "      \($0)" }).joined(separator: "\n")
  }
}
