internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A file's descriptor, on the OS threads of the pool: all its methods block.
///
/// Closed where the last operation ends: whoever was killed does not release the number under a
/// call that still runs.
struct OpenFile: ~Copyable, Sendable {
  private(set) var descriptor: Int32
  let path: String
  /// Whether bytes go where the kernel has its own place: to the end, or behind what other
  /// processes wrote.
  let writesAtItsOwnPlace: Bool

  static func opening(
    _ path: String, _ mode: GreenFile.Mode, permissions: UInt32
  ) throws -> OpenFile {
    // Non-blocking, lest a FIFO wait here for its peer; to files that means nothing.
    let flags = mode.flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
    var number: Int32
    repeat {
      number = open(path, flags, mode_t(permissions))
    } while number < 0 && ev_errno() == EINTR
    guard number >= 0 else { throw SystemError(call: "open", subject: path) }
    let file = OpenFile(owning: number, path: path, writesAtItsOwnPlace: mode.appends)
    try file.refuseStreams()
    return file
  }

  init(owning descriptor: Int32, path: String, writesAtItsOwnPlace: Bool) {
    self.descriptor = descriptor
    self.path = path
    self.writesAtItsOwnPlace = writesAtItsOwnPlace
  }

  deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

  private func refuseStreams() throws {
    switch try status().st_mode & S_IFMT {
    case S_IFDIR: throw SystemError(call: "open", errno: EISDIR, subject: path)
    case S_IFIFO, S_IFSOCK:
      throw HubError.invalidArgument(
        "\(path): a pipe and not a file; adopt its descriptor as a PipeReader or PipeWriter")
    case S_IFCHR where isatty(descriptor) == 1:
      throw HubError.invalidArgument(
        "\(path): a terminal and not a file; adopt its descriptor as a PipeReader or PipeWriter")
    default: break
    }
  }

  func status() throws -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError(call: "fstat", subject: path) }
    return status
  }

  /// The most that a call reads whose caller takes what it gets: so many bytes may be asked for
  /// that there is no memory for them.
  private static let chunk = 1 << 20

  /// Reads once: `count` bytes or fewer, none at the end.
  ///
  /// Without an offset, by the kernel's own place, which moves on.
  func readSome(upTo count: Int, at offset: Int?) throws -> [UInt8] {
    try read(upTo: min(count, Self.chunk), at: offset, isOnce: true)
  }

  /// Reads until there are `count` bytes or the end comes, or once if `isOnce`.
  private func read(upTo count: Int, at offset: Int?, isOnce: Bool) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      guard let start = buffer.baseAddress else { return }
      while used < count {
        var more =
          offset.map { pread(descriptor, start + used, count - used, off_t($0 + used)) } ?? -1
        // A device without places.
        if offset == nil || (more < 0 && ev_errno() == ESPIPE) {
          more = ev_read(descriptor, start + used, count - used)
        }
        if more < 0, ev_errno() == EINTR { continue }
        guard more >= 0 else { throw SystemError(call: "read", subject: path) }
        used += more
        if more == 0 || isOnce { return }
      }
    }
  }

  /// Reads to the end, or until there are `limit` bytes.
  ///
  /// If it `movesOn`, by the kernel's own place, which `offset` must be.
  func readAll(from offset: Int, upTo limit: Int = .max, movesOn: Bool = false) throws -> [UInt8] {
    var all: [UInt8] = []
    while all.count < limit {
      // One byte more than is left, to see the end. What says that it is empty may still have
      // something, as those in /proc.
      let left = Int(try status().st_size) - offset - all.count
      let more = try read(
        upTo: min(max(left + 1, 4096), limit - all.count),
        at: movesOn ? nil : offset + all.count, isOnce: left <= 0)
      if more.isEmpty { return all }
      if all.isEmpty { all = more } else { all += more }
    }
    return all
  }

  /// Moves the kernel's own place; nil leaves it.
  /// - Returns: Where it is then.
  @discardableResult
  func go(to place: Int?) throws -> Int {
    let place = lseek(descriptor, off_t(place ?? 0), place == nil ? SEEK_CUR : SEEK_SET)
    guard place >= 0 else { throw SystemError(call: "seek", subject: path) }
    return Int(place)
  }

  /// Writes all bytes.
  /// - Returns: The place behind them.
  func write(_ bytes: [UInt8], at offset: Int, usesItsOwnPlace: Bool) throws -> Int {
    try bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let start = bytes.baseAddress.unsafelyUnwrapped + done
        var count =
          usesItsOwnPlace
          ? -1 : pwrite(descriptor, start, bytes.count - done, off_t(offset + done))
        if usesItsOwnPlace || (count < 0 && ev_errno() == ESPIPE) {
          count = ev_write(descriptor, start, bytes.count - done)
        }
        if count < 0, ev_errno() == EINTR { continue }
        guard count >= 0 else { throw SystemError(call: "write", subject: path) }
        done += count
      }
    }
    if usesItsOwnPlace, case let place = lseek(descriptor, 0, SEEK_CUR), place >= 0 {
      return Int(place)
    }
    return offset + bytes.count
  }

  func truncate(to size: Int) throws {
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      throw SystemError(call: "truncate", subject: path)
    }
  }

  func sync(dataOnly: Bool) throws {
    guard (dataOnly ? fdatasync(descriptor) : fsync(descriptor)) == 0 else {
      throw SystemError(call: "sync", subject: path)
    }
  }

  /// - Throws: what writing late has brought about.
  mutating func close() throws {
    let number = descriptor
    descriptor = -1
    // EINTR has closed it all the same on Linux.
    guard Glibc.close(number) == 0 || ev_errno() == EINTR else {
      throw SystemError(call: "close", subject: path)
    }
  }
}
