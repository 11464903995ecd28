internal import CEventletCore
internal import EventletCore
internal import Glibc

extension OpenedFile {
  /// Opens a regular file for reading.
  ///
  /// For paths of the program's own: what a client may choose is to be opened by a ``DirectoryRoot``.
  /// Symbolic links are followed. Waits for the disk on an OS thread of ``/EventletCore/ThreadPool``.
  /// - Parameter path: Relative ones begin at the program's working directory.
  /// - Returns: The file.
  /// - Throws: ``FileAccessError``; another ``/EventletCore/SystemError``, such as that there are no
  ///   descriptors left; what a kill or timeout throws, and then nothing stays open.
  public static func open(_ path: String) throws -> OpenedFile {
    // C would take the NUL for the end.
    if path.utf8.contains(0) { throw FileAccessError(path: path, reason: .holdsNUL) }
    let file = try ThreadPool.execute { try find(path) }
    // Whoever waits for the old file of that number, which somebody closed behind our back.
    Hub.current.notifyOpened(file.descriptor)
    return file
  }

  /// On the pool.
  private static func find(_ path: String) throws -> OpenedFile {
    func refusal(_ reason: FileAccessError.Reason) -> FileAccessError {
      FileAccessError(path: path, reason: reason)
    }
    // Non-blocking, lest a pipe wait here for its peer; to files that means nothing.
    let number = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard number >= 0 else {
      switch ev_errno() {
      case ENOENT, ENOTDIR, ENAMETOOLONG: throw refusal(.notFound)
      case ELOOP: throw refusal(.symbolicLink)
      case ENXIO, ENODEV: throw refusal(.notAFile)
      case EACCES: throw refusal(.permissionDenied)
      case let error: throw SystemError(call: "open", errno: error, subject: path)
      }
    }
    let owner = OwnedDescriptor(number)
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw SystemError(call: "fstat", errno: ev_errno(), subject: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refusal(.notAFile) }
    return OpenedFile(owner, path: path, status)
  }
}
