internal import EventletCore

extension GreenProcess {
  /// Runs a program to its end and captures what it writes.
  ///
  /// ```swift
  /// let result = try GreenProcess.run("git", ["status", "--short"], timeout: .seconds(10))
  /// print(result.status, result.outputText)
  /// ```
  /// - Parameters:
  ///   - program: As for ``init(_:_:_:)``.
  ///   - arguments: Without the program's name.
  ///   - input: For its standard input; none by default.
  ///   - environment: That of this program by default.
  ///   - directory: Where it runs; that of this program by default.
  ///   - ownGroup: Whether what it starts itself is ended with it, however it ends, see
  ///     ``Configuration/ownGroup``.
  ///   - outputLimit: The most bytes that its output and its errors may have, each; nil, the
  ///     default, is any number.
  ///   - timeout: For all of it; nil is for ever.
  /// - Returns: what it wrote and how it has ended, whatever that is.
  /// - Throws: ``ProcessError`` when it cannot be started; ``ProcessTimeout``, with what it wrote until
  ///   then; ``StreamTooLong``; what a kill or timeout throws. The process is ended with SIGKILL
  ///   then, and reaped.
  ///
  /// In Python: `subprocess.run`, `subprocess.call`.
  public static func run(
    _ program: String, _ arguments: [String] = [], input: [UInt8] = [],
    environment: Environment = .inherited, directory: String? = nil, ownGroup: Bool = false,
    outputLimit: Int? = nil, timeout: Duration? = nil
  ) throws -> Outcome {
    let limit = Timeout(after: timeout)
    defer { limit.cancel() }
    let process: GreenProcess
    do {
      process = try GreenProcess(
        program, arguments,
        Configuration(
          environment: environment, directory: directory,
          standardInput: input.isEmpty ? .null : .pipe, standardOutput: .pipe, standardError: .pipe,
          ownGroup: ownGroup))
    } catch let error as Timeout where error === limit {
      throw ProcessTimeout([program] + arguments, limit.duration ?? .zero)
    }
    process.endGroupAtTheEnd()
    do {
      return try process.communicate(input: input, outputLimit: outputLimit, within: limit)
    } catch {
      process.endNow()
      throw error
    }
  }

  /// Runs a program that is to succeed, and returns what it writes to its standard output.
  ///
  /// ```swift
  /// let head = try GreenProcess.checkOutput("git", ["rev-parse", "HEAD"])
  /// ```
  ///
  /// The parameters are those of
  /// ``run(_:_:input:environment:directory:ownGroup:outputLimit:timeout:)``.
  /// - Throws: ``ProcessFailure`` unless it exits with 0, with the end of its standard error in the
  ///   text; as
  ///   ``run(_:_:input:environment:directory:ownGroup:outputLimit:timeout:)``.
  ///
  /// In Python: `subprocess.check_output`, `subprocess.check_call`.
  @discardableResult
  public static func checkOutput(
    _ program: String, _ arguments: [String] = [], input: [UInt8] = [],
    environment: Environment = .inherited, directory: String? = nil, ownGroup: Bool = false,
    outputLimit: Int? = nil, timeout: Duration? = nil
  ) throws -> [UInt8] {
    let outcome = try run(
      program, arguments, input: input, environment: environment, directory: directory,
      ownGroup: ownGroup, outputLimit: outputLimit, timeout: timeout)
    guard outcome.status.isSuccess else {
      throw ProcessFailure(
        command: [program] + arguments, status: outcome.status, output: outcome.output,
        error: outcome.error)
    }
    return outcome.output
  }
}
