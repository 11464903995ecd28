internal import CEventletCore
public import EventletCore
internal import Glibc

/// A program that was started, and its end, its pipes and its signals.
///
/// ```swift
/// let sort = try GreenProcess(
///   "sort", ["-n"], .init(standardInput: .pipe, standardOutput: .pipe))
/// let output = try sort.communicate(input: Array("3\n1\n2\n".utf8)).output
/// ```
///
/// Where only the result counts, ``run(_:_:input:environment:directory:ownGroup:outputLimit:timeout:)``
/// is one call. The program is found by PATH and gets its arguments as they are: no shell reads
/// them. It gets no descriptors but its three standard streams, and the default action for all
/// signals.
///
/// Every child is reaped at its end, whether anybody waits or not. An object that goes closes its
/// pipes, which most programs take as a sign to end; nothing else is done to the process. Its end is
/// told by a process descriptor, pidfd_open(2); kernels older than 5.3 have none, and an OS thread
/// waits for each child there. SIGCHLD is left alone. Not `Sendable`.
///
/// In Python: `eventlet.green.subprocess.Popen`.
public final class GreenProcess: CustomStringConvertible {
  private let child: ChildProcess
  /// The pipe to its standard input, if that is one.
  public let standardInput: PipeWriter?
  /// The pipe from its standard output, if that is one.
  public let standardOutput: PipeReader?
  /// The pipe from its standard error, if that is one.
  public let standardError: PipeReader?
  /// What ``communicate(input:outputLimit:timeout:)`` has still to write.
  private var unsentInput: ArraySlice<UInt8> = []

  /// Starts a program.
  ///
  /// A kill or timeout meanwhile throws at once. What may be running already is ended with SIGKILL.
  /// - Parameters:
  ///   - program: A path, or a name that is looked for in the directories of PATH, that of the
  ///     program's own environment.
  ///   - arguments: Without the program's name, which comes first by itself.
  ///   - configuration: Its streams, environment and directory: this program's by default.
  /// - Throws: ``ProcessError``; a ``/EventletCore/SystemError`` of a file for its streams, or when
  ///   there are no more descriptors. Then nothing runs.
  public init(
    _ program: String, _ arguments: [String] = [], _ configuration: Configuration = .init()
  ) throws {
    let streams = try ProcessStreams(configuration)
    let start = try ProcessStart(program, arguments, configuration, streams.child)
    child = ChildProcess(try start(), command: [program] + arguments)
    child.watch()
    (standardInput, standardOutput, standardError) = try streams.connect()
  }

  /// Takes over a child that somebody else has started, such as a C library.
  ///
  /// Its end is waited for here, and it is reaped here.
  /// - Parameter processIdentifier: Of a child of this process that nobody else waits for.
  /// - Throws: ``/EventletCore/SystemError`` when there is no such process.
  ///
  /// In Python: `eventlet.green.os.waitpid`.
  public init(adopting processIdentifier: Int32) throws {
    guard processIdentifier > 0, Glibc.kill(processIdentifier, 0) == 0 || ev_errno() == EPERM else {
      throw SystemError(
        call: "adopt", errno: ESRCH, subject: "process \(processIdentifier)")
    }
    let started = StartedProcess(
      pid: processIdentifier, descriptor: ev_pidfd_open(processIdentifier), leadsGroup: false)
    child = ChildProcess(started, command: [])
    child.watch()
    (standardInput, standardOutput, standardError) = (nil, nil, nil)
  }

  /// Its number, which the system may use again after its end.
  ///
  /// In Python: `pid`.
  public var processIdentifier: Int32 { child.pid }

  /// The program and its arguments; empty if it was adopted.
  ///
  /// In Python: `args`.
  public var command: [String] { child.command }

  /// How it has ended; nil as long as nobody knows that it has.
  ///
  /// In Python: `poll`, `returncode`.
  public var status: ExitStatus? { (try? child.ended.poll()) ?? nil }

  /// The program and its number.
  public var description: String {
    "process \(child.pid)" + (command.first.map { " (\($0))" } ?? "")
  }

  // MARK: Its end

  /// Waits for its end.
  ///
  /// Any number of green threads may wait. A program that fills a pipe that nobody reads does not
  /// end: see ``communicate(input:outputLimit:timeout:)``.
  /// - Parameter timeout: nil is for ever; zero lets ready work run once.
  /// - Returns: How it has ended.
  /// - Throws: ``ProcessTimeout``; what a kill or timeout throws. The process goes on either way.
  ///
  /// In Python: `wait`.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws -> ExitStatus {
    guard let timeout else { return try child.ended.wait() }
    guard let status = try child.ended.wait(timeout: timeout) else {
      throw ProcessTimeout(command, timeout)
    }
    return status
  }

  /// A case of ``/EventletCore/waitForFirst(of:)-(WaitCase<Result>...)``: its end.
  /// - Parameter handler: Given how it has ended.
  /// - Returns: The case.
  public func waitCase<Result>(
    _ handler: @escaping (ExitStatus) throws -> Result
  ) -> WaitCase<Result> { .event(child.ended, handler) }

  /// Sends it a signal, and to all of its group if it was started with
  /// ``Configuration/ownGroup``.
  ///
  /// Never switches. When it has ended, what is left of its group cannot be reached any more: the
  /// group's number may be a stranger's by then.
  /// - Returns: false when it has ended already.
  /// - Throws: ``/EventletCore/SystemError`` when this program may not, or there is no such signal.
  ///
  /// In Python: `send_signal`, `terminate`, `kill`.
  @discardableResult
  public func kill(_ signal: Signal = .terminate) throws -> Bool { try child.kill(signal) }

  /// Has it end: asks with SIGTERM, ends it with SIGKILL if it takes longer than `limit`, and waits.
  ///
  /// If it leads a group, all of that are asked; when it has ended itself, the rest are ended with
  /// SIGKILL.
  /// - Parameter limit: Zero does not ask.
  /// - Returns: How it has ended.
  /// - Throws: as ``kill(_:)``; what a kill or timeout throws, and then it may still run.
  @discardableResult
  public func end(within limit: Duration) throws -> ExitStatus {
    child.endsGroup = true
    if limit > .zero {
      try kill(.terminate)
      if let status = try child.ended.wait(timeout: limit) { return status }
    }
    try kill(.kill)
    return try child.ended.wait()
  }

  /// From now on what it has started itself is ended when it has ended, if it leads a group.
  func endGroupAtTheEnd() { child.endsGroup = true }

  /// Without a chance to object, and without waiting for ever.
  func endNow() {
    for pipe in [standardInput, standardOutput, standardError] as [GreenDescriptor?] {
      pipe?.close()
    }
    _ = try? kill(.kill)
    // It is gone, but for a call in the kernel that cannot be interrupted.
    _ = try? withShield { try child.ended.wait(timeout: .seconds(5)) }
  }

  // MARK: Its streams

  /// What a program has written, and how it has ended.
  public struct Outcome: Hashable, Sendable {
    /// How it has ended.
    public let status: ExitStatus
    /// What it wrote to its standard output, if that was a pipe.
    public let output: [UInt8]
    /// What it wrote to its standard error, if that was a pipe.
    public let error: [UInt8]

    /// The output as text; what is not UTF-8 comes as U+FFFD.
    public var outputText: String { String(decoding: output, as: UTF8.self) }
    /// The errors as text; what is not UTF-8 comes as U+FFFD.
    public var errorText: String { String(decoding: error, as: UTF8.self) }
  }

  /// Writes its input, reads what it writes, all at the same time, and waits for its end.
  ///
  /// Its standard input is closed behind the input; that it does not read all of it is no error.
  /// - Parameters:
  ///   - input: Only if ``Configuration/standardInput`` is a pipe.
  ///   - outputLimit: The most bytes that its output and its errors may have, each; nil, the
  ///     default, is any number.
  ///   - timeout: For all of it; nil is for ever.
  /// - Returns: what came from those of its streams that are pipes, and how it has ended.
  /// - Throws: ``ProcessTimeout``, with what has come; ``StreamTooLong``; a
  ///   ``/EventletCore/SystemError`` of a pipe; what a kill or timeout throws. The process goes on,
  ///   nothing is lost, and another call without input goes on where this one ended.
  ///
  /// In Python: `communicate`.
  public func communicate(
    input: [UInt8] = [], outputLimit: Int? = nil, timeout: Duration? = nil
  ) throws -> Outcome {
    let limit = Timeout(after: timeout)
    defer { limit.cancel() }
    return try communicate(input: input, outputLimit: outputLimit, within: limit)
  }

  /// As above, with a limit that runs already.
  func communicate(input: [UInt8], outputLimit: Int?, within limit: Timeout) throws -> Outcome {
    require(
      input.isEmpty || standardInput != nil, "communicate: input for \(self), which has no pipe")
    unsentInput += input
    do {
      try withGreenGroup(of: Void.self) { group in
        if let standardInput { group.spawn { try self.feed(standardInput) } }
        for pipe in [standardOutput, standardError] {
          if let pipe { group.spawn { try pipe.reader.fillToTheEnd(limit: outputLimit) } }
        }
        _ = try group.collect()
      }
      let status = try child.ended.wait()
      return Outcome(
        status: status, output: try takeAll(standardOutput), error: try takeAll(standardError))
    } catch let error as Timeout where error === limit {
      throw ProcessTimeout(
        command, limit.duration ?? .zero, output: standardOutput?.bufferedBytes ?? [],
        error: standardError?.bufferedBytes ?? [])
    }
  }

  private func feed(_ pipe: PipeWriter) throws {
    defer { if unsentInput.isEmpty { pipe.close() } }
    if pipe.isClosed { return }
    do {
      while !unsentInput.isEmpty {
        // A copy: no access to the property is open while it waits.
        let rest = unsentInput
        let count = try rest.withUnsafeBytes { try pipe.sendSome($0) }
        unsentInput = rest[(rest.startIndex + count)...]
      }
    } catch SystemError.brokenPipe { unsentInput = [] }
  }

  private func takeAll(_ pipe: PipeReader?) throws -> [UInt8] {
    guard let pipe else { return [] }
    defer { pipe.close() }
    // All is here.
    return try pipe.reader.read(upTo: .max)
  }
}
