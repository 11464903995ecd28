internal import CEventletCore
internal import EventletCore
internal import Glibc

/// All that starting a program takes, made on the hub and used on an OS thread of the pool: a child
/// is started while its parent's OS thread stands still.
struct ProcessStart: Sendable {
  let program: String
  let paths: CStringList
  let arguments: CStringList
  let environment: CStringList
  let directory: String?
  let ownGroup: Bool
  let avoidsProcessDescriptor: Bool
  /// For the child's 0, 1 and 2; nil is this program's own.
  let streams: [TemporaryDescriptor?]

  init(
    _ program: String, _ arguments: [String], _ configuration: GreenProcess.Configuration,
    _ streams: [TemporaryDescriptor?]
  ) throws {
    let words = [program] + arguments
    for (index, word) in (words + [configuration.directory ?? ""]).enumerated()
    where word.utf8.contains(0) {
      throw ProcessError.invalidArgument(
        program: program, "a zero byte in \(index == 0 ? "its name" : "argument \(index)")")
    }
    if program.isEmpty { throw ProcessError.notFound(program: program) }
    let entries: [[UInt8]]
    do { entries = try configuration.environment.entries() } catch {
      throw ProcessError.invalidArgument(program: program, error.text)
    }
    self.program = program
    self.streams = streams
    paths = CStringList(Self.paths(to: program, entries))
    self.arguments = CStringList(words.map { Array($0.utf8) })
    environment = CStringList(entries)
    directory = configuration.directory
    ownGroup = configuration.ownGroup
    avoidsProcessDescriptor = configuration.avoidsProcessDescriptor
  }

  /// Where to look for a program, in this order.
  ///
  /// By the PATH of its own environment, as Python does.
  private static func paths(to program: String, _ environment: [[UInt8]]) -> [[UInt8]] {
    let name = Array(program.utf8)
    if name.contains(UInt8(ascii: "/")) { return [name] }
    let key = Array("PATH=".utf8)
    let path =
      environment.first { $0.starts(with: key) }.map { Array($0[key.count...]) }
      ?? Array("/usr/local/bin:/usr/bin:/bin".utf8)
    return path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
      // An empty one is the working directory, an old custom.
      Array($0.isEmpty ? [UInt8(ascii: ".")] : $0) + [UInt8(ascii: "/")] + name
    }
  }

  /// Of its own: a start is short, and does not stand in line behind what takes long elsewhere.
  private static let pool = ThreadPool(size: 4, name: "starts")

  /// Starts it.
  ///
  /// Whoever is interrupted meanwhile leaves nothing that runs: what has been started is dropped, and
  /// so ended.
  func callAsFunction() throws -> StartedProcess { try Self.pool.execute { try run() } }

  /// On the pool.
  private func run() throws -> StartedProcess {
    var spawn = ev_spawn()
    spawn.arguments = UnsafePointer(arguments.pointers)
    spawn.environment = UnsafePointer(environment.pointers)
    spawn.own_group = ownGroup
    spawn.avoid_pidfd = avoidsProcessDescriptor
    spawn.descriptors = (
      streams[0]?.number ?? 0, streams[1]?.number ?? 1, streams[2]?.number ?? 2
    )
    let failed = paths.pointers.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: 1) {
      paths in
      spawn.paths = UnsafePointer(paths)
      guard let directory else { return ev_process_spawn(&spawn) }
      return directory.withCString {
        spawn.directory = $0
        return ev_process_spawn(&spawn)
      }
    }
    if failed != 0 { throw error(failed, atStep: spawn.step) }
    return StartedProcess(pid: spawn.pid, descriptor: spawn.pidfd, leadsGroup: ownGroup)
  }

  private func error(_ number: Int32, atStep step: Int32) -> ProcessError {
    switch Int(step) {
    case EV_SPAWN_DIRECTORY:
      .badDirectory(
        program: program,
        reason: SystemError(call: "chdir", errno: number, subject: directory ?? ""))
    case EV_SPAWN_EXEC: executionError(number)
    case EV_SPAWN_GROUP:
      .refused(program: program, reason: SystemError(call: "setpgid", errno: number))
    case EV_SPAWN_DESCRIPTORS:
      .refused(program: program, reason: SystemError(call: "dup", errno: number))
    default: .refused(program: program, reason: SystemError(call: "clone", errno: number))
    }
  }

  private func executionError(_ number: Int32) -> ProcessError {
    let reason = SystemError(call: "execve", errno: number, subject: program)
    switch number {
    case ENOENT, ENOTDIR: return existsSomewhere ? interpreterMissing : .notFound(program: program)
    case EACCES, ENOEXEC, EISDIR, ELIBBAD, ETXTBSY:
      return .notExecutable(program: program, reason: reason)
    case E2BIG:
      return .argumentsTooLong(
        program: program, byteCount: arguments.byteCount + environment.byteCount)
    default: return .refused(program: program, reason: reason)
    }
  }

  /// The kernel says the same of a script whose interpreter is not there.
  private var existsSomewhere: Bool {
    var path = paths.pointers
    while let candidate = path.pointee {
      // Those relative to another directory cannot be asked for from here.
      if candidate[0] == CChar(bitPattern: UInt8(ascii: "/")) || directory == nil,
        access(candidate, F_OK) == 0
      {
        return true
      }
      path += 1
    }
    return false
  }

  private var interpreterMissing: ProcessError {
    .notExecutable(
      program: program,
      reason: SystemError(
        call: "execve", errno: ENOENT, subject: "the interpreter or loader of \(program)"))
  }
}
