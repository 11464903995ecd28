// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

// See Eventlet+PythonNames.swift of EventletCore.

@available(*, unavailable, renamed: "GreenProcess")
public typealias Popen = GreenProcess

@available(*, unavailable, renamed: "ProcessTimeout")
public typealias TimeoutExpired = ProcessTimeout

@available(*, unavailable, renamed: "ProcessFailure")
public typealias CalledProcessError = ProcessFailure

@available(*, unavailable, renamed: "Interrupted")
public typealias KeyboardInterrupt = Interrupted

@available(*, unavailable, renamed: "interruptMain()")
public func interrupt_main() { fatalError() }

extension GreenProcess {
  @available(*, unavailable, renamed: "getter:status()")
  public func poll() -> ExitStatus? { fatalError() }

  @available(*, unavailable, renamed: "status")
  public var returncode: ExitStatus? { fatalError() }

  @available(*, unavailable, renamed: "processIdentifier")
  public var pid: Int32 { fatalError() }

  @available(*, unavailable, renamed: "kill(_:)")
  public func send_signal(_ signal: Signal) throws { fatalError() }

  @available(*, unavailable, message: "use kill(), which sends SIGTERM, or end(within:)")
  public func terminate() throws { fatalError() }

  @available(*, unavailable, renamed: "checkOutput(_:_:)")
  public static func check_output(_ program: String, _ arguments: [String]) throws -> [UInt8] {
    fatalError()
  }
}

extension GreenFile {
  @available(*, unavailable, renamed: "readAll()")
  public func read() throws -> [UInt8] { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func write(_ bytes: [UInt8]) throws { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func write(_ text: String) throws { fatalError() }

  @available(*, unavailable, renamed: "getter:position()")
  public func tell() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:fileDescriptor()")
  public func fileno() -> Int32 { fatalError() }

  @available(*, unavailable, message: "nothing is held back; sync() has it get to the disk")
  public func flush() throws { fatalError() }
}

extension PipeWriter {
  @available(*, unavailable, renamed: "sendAll(_:)")
  public func write(_ bytes: [UInt8]) throws { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func write(_ text: String) throws { fatalError() }
}
