import EventletCore
import Glibc
import XCTest

/// Another program: a peer that others have written.
///
/// Ends by itself after 30 seconds at the latest.
final class Command {
  private var process: pid_t = 0
  /// What it prints, errors included.
  private let outputPath: String
  private var status: Int32?

  /// - Throws: `XCTSkip` where there is no such program.
  init(_ script: String, needing program: String, outputPath: String) throws {
    guard Self.isInstalled(program) else { throw XCTSkip("there is no \(program)") }
    self.outputPath = outputPath
    let words = ["timeout", "30", "/bin/sh", "-c", "exec >\(outputPath) 2>&1; \(script)"]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    // A group of its own, so that it ends with all that it has started.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    let failure = posix_spawnp(&process, "timeout", nil, &attributes, &arguments, environ)
    guard failure == 0 else { throw SystemError(call: "posix_spawn", errno: failure) }
  }

  deinit { end() }

  private static func isInstalled(_ program: String) -> Bool {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains { access($0 + program, X_OK) == 0 }
  }

  /// What it has printed so far.
  var output: String {
    guard let file = fopen(outputPath, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// Waits for its end.
  /// - Returns: its status.
  func wait() throws -> Int32 {
    while status == nil {
      if collect() { break }
      try GreenThread.sleep(for: .milliseconds(5))
    }
    return status ?? -1
  }

  /// Waits until it has printed a line that begins so.
  /// - Returns: the rest of the line.
  func line(beginning start: String) throws -> String {
    while true {
      let lines = output.split(separator: "\n").dropLast(output.hasSuffix("\n") ? 0 : 1)
      if let line = lines.first(where: { $0.hasPrefix(start) }) {
        return String(line.dropFirst(start.count))
      }
      if collect() { throw Ended(output: output) }
      try GreenThread.sleep(for: .milliseconds(5))
    }
  }

  struct Ended: Error { let output: String }

  private func collect() -> Bool {
    if status != nil { return true }
    var raw: Int32 = 0
    guard waitpid(process, &raw, WNOHANG) == process else { return false }
    status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : -raw
    return true
  }

  func end() {
    guard !collect() else { return }
    kill(-process, SIGKILL)
    var raw: Int32 = 0
    waitpid(process, &raw, 0)
    status = -raw
  }
}
