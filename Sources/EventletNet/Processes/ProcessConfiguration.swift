extension GreenProcess {
  /// How a program is started.
  public struct Configuration: Hashable, Sendable {
    /// Its environment: that of this program by default.
    public var environment: Environment
    /// Its working directory; nil, the default, is that of this program.
    ///
    /// A program's path that contains a slash and does not begin with one is looked for from there.
    public var directory: String?
    /// Where its standard input comes from: this program's by default.
    public var standardInput: Input
    /// Where its standard output goes: to this program's by default.
    public var standardOutput: Output
    /// Where its standard error goes: to this program's by default.
    public var standardError: ErrorOutput
    /// Whether it leads a process group of its own, with the processes that it starts.
    ///
    /// Off by default. Then Ctrl-C at the terminal does not reach it, and
    /// ``GreenProcess/kill(_:)`` reaches them all, as long as it runs itself.
    public var ownGroup: Bool
    /// For tests, as on a kernel without process descriptors.
    package var avoidsProcessDescriptor = false

    /// Creates a configuration.
    public init(
      environment: Environment = .inherited, directory: String? = nil,
      standardInput: Input = .inherited, standardOutput: Output = .inherited,
      standardError: ErrorOutput = .inherited, ownGroup: Bool = false
    ) {
      self.environment = environment
      self.directory = directory
      self.standardInput = standardInput
      self.standardOutput = standardOutput
      self.standardError = standardError
      self.ownGroup = ownGroup
    }
  }

  /// The environment of a program that is started.
  public enum Environment: Hashable, Sendable {
    /// That of this program.
    case inherited
    /// That of this program, with these variables set, or removed where the value is nil.
    case changed([String: String?])
    /// These variables alone.
    case only([String: String])
  }

  /// Where the standard input of a program comes from.
  public enum Input: Hashable, Sendable {
    /// This program's.
    case inherited
    /// Nothing: it is at its end.
    case null
    /// A pipe, see ``GreenProcess/standardInput``.
    case pipe
    /// A file, by its path.
    case file(String)
    /// A descriptor, which stays the caller's. If a pipe or terminal is in non-blocking mode, the
    /// program gets it in blocking mode all the same; a socket stays as it is.
    case descriptor(Int32)
  }

  /// Where the standard output of a program goes.
  public enum Output: Hashable, Sendable {
    /// To this program's.
    case inherited
    /// Nowhere.
    case null
    /// To a pipe, see ``GreenProcess/standardOutput``.
    case pipe
    /// To a file, created if need be and emptied, unless it is appended to.
    case file(String, appending: Bool = false)
    /// To a descriptor, which stays the caller's. If a pipe or terminal is in non-blocking mode, the
    /// program gets it in blocking mode all the same; a socket stays as it is.
    case descriptor(Int32)
  }

  /// Where the standard error of a program goes.
  public enum ErrorOutput: Hashable, Sendable {
    /// To this program's.
    case inherited
    /// Nowhere.
    case null
    /// To a pipe, see ``GreenProcess/standardError``.
    case pipe
    /// To a file, created if need be and emptied, unless it is appended to.
    case file(String, appending: Bool = false)
    /// To a descriptor, which stays the caller's. If a pipe or terminal is in non-blocking mode, the
    /// program gets it in blocking mode all the same; a socket stays as it is.
    case descriptor(Int32)
    /// Where its standard output goes, in the order in which it is written.
    case standardOutput
  }
}
