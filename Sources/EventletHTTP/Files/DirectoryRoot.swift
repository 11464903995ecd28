internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A directory whose files are for clients, and from which no path of theirs leads out.
///
/// ```swift
/// let root = try DirectoryRoot.open("/srv/www")
/// switch try root.open(path) {
/// case .file(let file): try send(file)
/// case .directory: try redirect(to: path + "/")
/// }
/// ```
///
/// The kernel itself keeps each step beneath the directory (openat2(2), from Linux 5.6; on older ones,
/// and where a sandbox does not know it, the steps are made one by one): there is no moment between a
/// look at a path and its use. Names are bytes, and a backslash is one as good as others.
///
/// What begins with a dot is hidden by default, but for `/.well-known`. Symbolic links are followed as
/// long as they stay beneath and are relative. Who can make links in the directory can have any file
/// of it sent, hidden ones too. Only regular files are opened: a pipe or a device keeps nobody
/// waiting.
///
/// The directory is opened once: when another takes its name, this one goes on being served.
///
/// `Sendable`: one serves any number of hubs. Eventlet has no counterpart.
public final class DirectoryRoot: Sendable, CustomStringConvertible {
  /// What a path leads to.
  public enum Entry: Sendable {
    /// A regular file.
    case file(OpenedFile)
    /// A directory: there may be an index in it, or the client be told to ask with a slash at the end.
    case directory
  }

  /// The directory's path, as it was given.
  public let path: String
  /// Whether symbolic links are followed as long as they stay beneath.
  public let followsSymbolicLinks: Bool
  /// Whether names that begin with a dot are like others.
  public let showsHiddenFiles: Bool
  private let directory: OwnedDescriptor
  private let avoidsOpenat2: Bool

  private init(
    _ directory: OwnedDescriptor, path: String, followsSymbolicLinks: Bool,
    showsHiddenFiles: Bool, avoidsOpenat2: Bool
  ) {
    self.directory = directory
    self.path = path
    self.followsSymbolicLinks = followsSymbolicLinks
    self.showsHiddenFiles = showsHiddenFiles
    self.avoidsOpenat2 = avoidsOpenat2
  }

  /// Opens a directory.
  /// - Parameters:
  ///   - path: Relative ones begin at the program's working directory.
  ///   - followsSymbolicLinks: False refuses them all; true by default.
  ///   - showsHiddenFiles: Whether names that begin with a dot are like others; false by default.
  /// - Returns: The directory.
  /// - Throws: ``/EventletCore/SystemError``, which names the path; what a kill or timeout throws, and
  ///   then nothing stays open.
  public static func open(
    _ path: String, followsSymbolicLinks: Bool = true, showsHiddenFiles: Bool = false
  ) throws -> DirectoryRoot {
    try open(
      path, followsSymbolicLinks: followsSymbolicLinks, showsHiddenFiles: showsHiddenFiles,
      avoidsOpenat2: false)
  }

  package static func open(
    _ path: String, followsSymbolicLinks: Bool, showsHiddenFiles: Bool, avoidsOpenat2: Bool
  ) throws -> DirectoryRoot {
    // C would take the NUL for the end.
    guard !path.utf8.contains(0) else {
      throw SystemError(call: "open", errno: EINVAL, subject: "\(EscapedText(path))")
    }
    let directory = try ThreadPool.execute {
      let number = Glibc.open(path, Int32(EV_OPEN_PATH) | O_DIRECTORY | O_CLOEXEC)
      guard number >= 0 else { throw SystemError(call: "open", errno: ev_errno(), subject: path) }
      return OwnedDescriptor(number)
    }
    return DirectoryRoot(
      directory, path: path, followsSymbolicLinks: followsSymbolicLinks,
      showsHiddenFiles: showsHiddenFiles, avoidsOpenat2: avoidsOpenat2)
  }

  // MARK: Files

  /// Finds out what a path leads to, and opens it if it is a file.
  ///
  /// Waits for the disk on an OS thread of ``/EventletCore/ThreadPool``.
  /// - Parameter path: Decoded, without query; whether it begins with a slash does not matter. One that
  ///   ends with a slash leads to no file.
  /// - Returns: The file or directory.
  /// - Throws: ``FileAccessError``; another ``/EventletCore/SystemError``, such as that there are no
  ///   descriptors left; what a kill or timeout throws, and then nothing stays open.
  public func open(_ path: String) throws -> Entry { try open(Array(path.utf8)) }

  /// Finds out what a path leads to, and opens it if it is a file.
  ///
  /// As for text: names need not be UTF-8.
  /// - Throws: as ``open(_:)-(String)``.
  public func open(_ path: [UInt8]) throws -> Entry {
    let relative = try RelativePath(path, allowsHidden: showsHiddenFiles)
    let shown = String(decoding: path, as: UTF8.self)
    let entry = try ThreadPool.execute { [self] in try find(relative, shown) }
    // Whoever waits for the old file of that number, which somebody closed behind our back.
    if case .file(let file) = entry { Hub.current.notifyOpened(file.descriptor) }
    return entry
  }

  /// On the pool.
  private func find(_ path: RelativePath, _ shown: String) throws -> Entry {
    func refusal(_ reason: FileAccessError.Reason) -> FileAccessError {
      FileAccessError(path: shown, reason: reason)
    }
    let opened: OwnedDescriptor
    do {
      // Non-blocking, lest a pipe wait here for its peer; to files that means nothing.
      opened = try descriptor(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, shown)
    } catch let error as SystemError {
      switch error.errno {
      case ENOENT, ENOTDIR, ENAMETOOLONG: throw refusal(.notFound)
      case EXDEV: throw refusal(.outside)
      case ELOOP: throw refusal(.symbolicLink)
      case ENXIO, ENODEV: throw refusal(.notAFile)
      case EACCES:
        // A directory may be passed through that may not be listed.
        do {
          _ = try descriptor(path, Int32(EV_OPEN_PATH) | O_DIRECTORY, shown)
        } catch is SystemError {
          throw refusal(.permissionDenied)
        }
        return .directory
      default: throw error
      }
    }
    var status = stat()
    guard fstat(opened.number, &status) == 0 else {
      throw SystemError(call: "fstat", errno: ev_errno(), subject: shown)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG:
      if path.requiresDirectory { throw refusal(.notFound) }
      return .file(OpenedFile(opened, path: shown, status))
    default: throw refusal(.notAFile)
    }
  }

  private func descriptor(
    _ path: RelativePath, _ flags: Int32, _ shown: String
  ) throws -> OwnedDescriptor {
    if !avoidsOpenat2 {
      let number = ev_open_beneath(
        directory.number, path.cString, flags | O_CLOEXEC, followsSymbolicLinks)
      if number >= 0 { return OwnedDescriptor(number) }
      // EPERM: what a sandbox says to a call that is newer than itself. EAGAIN: a directory was
      // renamed while the kernel went back to it by a link, which may be so again and again.
      guard [ENOSYS, EPERM, EAGAIN].contains(ev_errno()) else {
        throw SystemError(call: "open", errno: ev_errno(), subject: shown)
      }
    }
    var walk = PathWalk(
      from: directory, to: path, followsLinks: followsSymbolicLinks, subject: shown)
    return try walk.open(flags: flags)
  }

  /// What it is, for messages.
  public var description: String { "directory \(path)" }
}
