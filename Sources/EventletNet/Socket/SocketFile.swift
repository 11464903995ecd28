internal import EventletCore
internal import Glibc

/// What becomes of the file that a listening Unix-domain socket makes.
///
/// In Python a file stays until the program removes it.
public struct SocketFilePolicy: OptionSet, Hashable, Sendable {
  /// Bits, one for each member.
  public let rawValue: UInt8

  /// Creates a policy from bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A socket file on which nobody listens, as a server leaves it that was killed, is replaced.
  ///
  /// A file of another kind, and one on which somebody listens, is `addressInUse` all the same. Of
  /// several servers that start at once and all ask for this, one gets the address: the directory is
  /// locked meanwhile (flock(2)). A lock of somebody else's is waited for, for some 10 ms; if it is
  /// still there then, a stale file is `addressInUse`, too.
  public static let replaceStale = SocketFilePolicy(rawValue: 1)
  /// The file is removed when the socket is closed, unless another has taken its place, or a forked
  /// child closes it.
  ///
  /// ``BaseSocket/release()`` leaves it where it is.
  public static let removeAtClose = SocketFilePolicy(rawValue: 2)
}

/// The file of a listening socket, told from others that may have come to its path since.
final class SocketFile: Sendable {
  private let path: String
  private let device: dev_t
  private let inode: ino_t
  private let process = getpid()

  private init(path: String, _ status: stat) {
    self.path = path
    device = status.st_dev
    inode = status.st_ino
  }

  /// Removes it, if it is there and of this process.
  func remove() {
    guard process == getpid(), let status = Self.status(of: path), status.st_dev == device,
      status.st_ino == inode
    else { return }
    unlink(path)
  }

  /// Binds and listens, which makes the file.
  static func make(
    at path: String, replacingStale: Bool, bind: () throws -> Void, listen: () throws -> Void
  ) throws -> SocketFile? {
    guard replacingStale else {
      try bind()
      return try finish(path, listen)
    }
    // From the look at the old file to the moment in which one can connect to the new, which looks
    // stale until then.
    let lock = try DirectoryLock(ofFileAt: path)
    defer { lock.release() }
    do { try bind() } catch SystemError.addressInUse where !lock.isAnothers && isStale(path) {
      unlink(path)
      try bind()
    }
    return try finish(path, listen)
  }

  /// From the bound file to one to which clients can connect.
  private static func finish(_ path: String, _ listen: () throws -> Void) throws -> SocketFile? {
    // Whoever comes after `listen` may replace it.
    let file = status(of: path).map { SocketFile(path: path, $0) }
    do { try listen() } catch {
      file?.remove()
      throw error
    }
    return file
  }

  private static func status(of path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }

  /// Whether it is a socket to which nobody can connect.
  private static func isStale(_ path: String) -> Bool {
    guard let status = status(of: path), status.st_mode & S_IFMT == S_IFSOCK,
      let address = try? SocketAddress.unix(path),
      let probe = try? BaseSocket.open(SocketKind(.unix, type: SocketKind.stream))
    else { return false }
    defer { close(probe) }
    let result = address.withStorage { storage, length in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(probe, $0, length) }
    }
    // A full line of clients, or another type of socket, is somebody.
    return result != 0 && errno == ECONNREFUSED
  }
}

/// Keeps out others who replace stale files in the same directory.
private struct DirectoryLock {
  /// Servers hold it for microseconds; others may for as long as they like.
  private static let mostTries = 10
  private static let pause = Duration.milliseconds(1)

  private let descriptor: Int32
  /// Somebody else did not let go of it: then it is not ours.
  private(set) var isAnothers = false

  /// Switches while somebody else has the lock.
  init(ofFileAt path: String) throws {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // Where one may make files but not read the directory, it has to do without.
    guard descriptor >= 0 else { return }
    var tries = 1
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      guard tries < Self.mostTries, !Hub.current.mustNotWait else {
        isAnothers = true
        return
      }
      tries += 1
      do { try GreenThread.sleep(for: Self.pause) } catch {
        release()
        throw error
      }
    }
  }

  func release() {
    if descriptor >= 0 { Glibc.close(descriptor) }
  }
}
