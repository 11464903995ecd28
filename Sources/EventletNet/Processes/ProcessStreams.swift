internal import CEventletCore
internal import EventletCore
internal import Glibc

/// The standard streams of a child: what it gets, and our ends of its pipes.
struct ProcessStreams {
  private(set) var child: [TemporaryDescriptor?] = [nil, nil, nil]
  private var input: TemporaryDescriptor?
  private var output: TemporaryDescriptor?
  private var error: TemporaryDescriptor?

  init(_ configuration: GreenProcess.Configuration) throws {
    switch configuration.standardInput {
    case .inherited: break
    case .null: child[0] = try Self.openingNull(O_RDONLY)
    case .file(let path): child[0] = try Self.opening(path, O_RDONLY)
    case .descriptor(let number): child[0] = try Self.duplicating(number, O_RDONLY)
    case .pipe:
      let pipe = try DescriptorPair.pipe()
      (child[0], input) = (pipe.reading, pipe.writing)
    }
    (child[1], output) = try Self.output(configuration.standardOutput)
    switch configuration.standardError {
    case .inherited: break
    case .null: (child[2], error) = try Self.output(.null)
    case .pipe: (child[2], error) = try Self.output(.pipe)
    case .file(let path, let appending):
      (child[2], error) = try Self.output(.file(path, appending: appending))
    case .descriptor(let number): (child[2], error) = try Self.output(.descriptor(number))
    // The child's 2 becomes a duplicate of what its 1 becomes.
    case .standardOutput: child[2] = try child[1] ?? TemporaryDescriptor(duplicating: 1)
    }
  }

  private static func output(
    _ output: GreenProcess.Output
  ) throws -> (child: TemporaryDescriptor?, ours: TemporaryDescriptor?) {
    switch output {
    case .inherited: return (nil, nil)
    case .null: return (try openingNull(O_WRONLY), nil)
    case .file(let path, let appending):
      let flags = O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC)
      return (try opening(path, flags), nil)
    case .descriptor(let number): return (try duplicating(number, O_WRONLY), nil)
    case .pipe:
      let pipe = try DescriptorPair.pipe()
      return (pipe.writing, pipe.reading)
    }
  }

  private static func opening(_ path: String, _ flags: Int32) throws -> TemporaryDescriptor {
    try ThreadPool.execute { try openingNow(path, flags) }
  }

  /// Nothing to wait for, so not behind others on the pool.
  private static func openingNull(_ flags: Int32) throws -> TemporaryDescriptor {
    try openingNow("/dev/null", flags)
  }

  private static func openingNow(_ path: String, _ flags: Int32) throws -> TemporaryDescriptor {
    let number = open(path, flags | O_CLOEXEC, 0o666)
    guard number >= 0 else { throw SystemError(call: "open", subject: path) }
    return try TemporaryDescriptor(aboveStandard: number)
  }

  /// For a child, which takes it for a failure when it is told to try again later.
  ///
  /// Our own ends of pipes are non-blocking, and a duplicate would be so too.
  private static func duplicating(
    _ number: Int32, _ direction: Int32
  ) throws -> TemporaryDescriptor {
    Hub.current.noteDuplicate(of: number)
    let kind = try DescriptorKind(of: number)
    guard kind.isPipe || kind.isTerminal, fcntl(number, F_GETFL) & O_NONBLOCK != 0 else {
      return try TemporaryDescriptor(duplicating: number)
    }
    let fresh = ev_reopen(number, direction)
    guard fresh >= 0 else { return try TemporaryDescriptor(duplicating: number) }
    _ = fcntl(fresh, F_SETFL, direction)
    return try TemporaryDescriptor(aboveStandard: fresh)
  }

  /// Our ends of the pipes.
  func connect() throws -> (input: PipeWriter?, output: PipeReader?, error: PipeReader?) {
    (
      try input.map { try PipeWriter(made: $0.takeNumber()) },
      try output.map { try PipeReader(made: $0.takeNumber()) },
      try error.map { try PipeReader(made: $0.takeNumber()) }
    )
  }
}
