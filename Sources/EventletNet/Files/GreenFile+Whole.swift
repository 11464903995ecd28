internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenFile {
  /// Reads a whole file.
  ///
  /// ```swift
  /// let hosts = String(decoding: try GreenFile.read("/etc/hosts"), as: UTF8.self)
  /// ```
  /// - Throws: as ``open(_:_:permissions:)``; a ``/EventletCore/SystemError`` of reading.
  public static func read(_ path: String) throws -> [UInt8] {
    try ThreadPool.execute {
      try OpenFile.opening(path, .read, permissions: 0).readAll(from: 0)
    }
  }

  /// Writes a whole file.
  ///
  /// ```swift
  /// try GreenFile.write(Array("8080\n".utf8), to: "server.port", atomically: true)
  /// ```
  /// - Parameters:
  ///   - bytes: All that the file will have.
  ///   - path: Created if need be.
  ///   - atomically: Writes another file beside it, has it get to the disk and renames it: whoever
  ///     reads finds the old content or the new one, whole, even after a power failure. Permissions
  ///     stay; owners and other names of the file do not, and a symbolic link is replaced.
  ///   - permissions: Of a file that is created, less the process's umask.
  /// - Throws: ``/EventletCore/SystemError``, and if `atomically` the file is as it was. What a kill
  ///   or timeout throws: the writing goes on to its end.
  public static func write(
    _ bytes: [UInt8], to path: String, atomically: Bool = false, permissions: UInt32 = 0o666
  ) throws {
    try ThreadPool.execute {
      if atomically {
        try replace(path, with: bytes, permissions)
      } else {
        var file = try OpenFile.opening(path, .write, permissions: permissions)
        _ = try file.write(bytes, at: 0, usesItsOwnPlace: false)
        try file.close()
      }
    }
  }

  /// On the pool.
  private static func replace(_ path: String, with bytes: [UInt8], _ permissions: UInt32) throws {
    let (directory, name) = parts(of: path)
    // In the same directory: a name can only be moved within a file system.
    let number = UInt64.random(in: 0 ... .max)
    let temporary = "\(directory)/.\(name).\(String(number, radix: 36)).tmp"
    var file = try OpenFile.opening(temporary, .create, permissions: permissions)
    do {
      var old = stat()
      if stat(path, &old) == 0 { fchmod(file.descriptor, old.st_mode & 0o7777) }
      _ = try file.write(bytes, at: 0, usesItsOwnPlace: false)
      try file.sync(dataOnly: false)
      try file.close()
      guard rename(temporary, path) == 0 else { throw SystemError(call: "rename", subject: path) }
    } catch {
      unlink(temporary)
      throw error
    }
    // So that the new name survives too. Not all file systems can.
    let parent = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if parent >= 0 {
      fsync(parent)
      _ = Glibc.close(parent)
    }
  }

  private static func parts(of path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
  }
}
