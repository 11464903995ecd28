internal import EventletCore
internal import EventletNet
internal import Glibc

/// Keeps the hosts file, and reads it again when it has changed: on an OS thread, since reading
/// blocks.
///
/// Not one of the pool of names: slow look-ups of the C library may have all of these.
final class HostsFileReader {
  /// What says that a file is another than before.
  private struct Stamp: Hashable, Sendable {
    let device: UInt64
    let file: UInt64
    let size: Int
    let seconds: Int
    let nanoseconds: Int
  }

  private struct Contents: Sendable {
    let stamp: Stamp?
    let hosts: HostsFile
  }

  private let path: String
  private let lifetime: Duration
  private var contents = Contents(stamp: nil, hosts: HostsFile())
  /// When the file is to be looked at again, by the hub's clock.
  private var expiresAt: Nanoseconds?
  private let readings: SharedCalls<Int, HostsFile>
  private var generation = 0

  init(path: String, lifetime: Duration) {
    self.path = path
    self.lifetime = lifetime
    readings = SharedCalls { _ in NameError(path, .temporary) }
  }

  /// Looks at the file at the next use, whenever it was looked at.
  func clear() {
    expiresAt = nil
    generation += 1
  }

  /// What the file says, or said not long ago.
  func hosts() throws -> HostsFile {
    if let expiresAt, expiresAt > Hub.current.now { return contents.hosts }
    let hosts = try readings.value(
      for: generation, name: "read \(path)", timeout: nil, on: .shared
    ) { [self, generation] call in
      let fresh = try call.execute { [path, old = contents] in Self.read(path, old) }
      // Cleared meanwhile, it may have been read too early.
      if generation == self.generation {
        contents = fresh
        expiresAt = Hub.current.deadline(after: lifetime)
      }
      return fresh.hosts
    }
    // Without a limit there is a result.
    return hosts ?? contents.hosts
  }

  /// A file that is missing or cannot be read is as one without hosts.
  private static func read(_ path: String, _ old: Contents) -> Contents {
    let nothing = Contents(stamp: nil, hosts: HostsFile())
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nothing }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nothing }
    let stamp = Stamp(
      device: UInt64(status.st_dev), file: UInt64(status.st_ino), size: status.st_size,
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    if stamp == old.stamp { return old }
    guard let text = readAll(descriptor) else { return nothing }
    return Contents(stamp: stamp, hosts: HostsFile(parsing: text))
  }

  private static func readAll(_ descriptor: Int32) -> [UInt8]? {
    var text: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return text }
      text += block[..<count]
    }
  }
}
