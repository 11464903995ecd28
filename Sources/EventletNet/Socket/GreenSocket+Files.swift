internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenSocket {
  /// How much of a file is looked at, read ahead and sent at a time.
  private static let fileChunk = 256 * 1024

  /// Sends a part of a file without a copy through this process (sendfile(2)).
  ///
  /// What is not in memory yet is read by an OS thread of ``/EventletCore/ThreadPool``, so the hub
  /// does not wait for the disk.
  ///
  /// ```swift
  /// let file = open("/srv/index.html", O_RDONLY | O_CLOEXEC)
  /// defer { close(file) }
  /// try socket.sendFile(file)
  /// ```
  /// - Parameters:
  ///   - file: The descriptor of a regular file, which stays open and where it is.
  ///   - offset: Of the first byte; 0 by default.
  ///   - count: The most bytes to send; nil, the default, sends to the end.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: how many bytes were sent: fewer than `count` if the file ended before.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, EINVAL when `file` is none that can
  ///   be sent; ``/EventletCore/HubError``, see there; what a kill or timeout throws. Then an unknown
  ///   part was sent.
  ///
  /// In Python: `sendfile`.
  @discardableResult
  public func sendFile(
    _ file: Int32, from offset: Int = 0, count: Int? = nil, timeout: Duration? = nil
  ) throws -> Int {
    let deadline = deadline(timeout)
    return try sendFile(file, from: offset, count: count, until: deadline, timeout)
  }

  /// As the public one, until an absolute deadline, asked for before each part; `.max` never comes.
  ///
  /// `progress` is given the number of bytes that the kernel has taken, each time: whoever counts
  /// learns of those before an error, too.
  package func sendFile(
    _ file: Int32, from offset: Int, count: Int?, until deadline: @autoclosure () -> Int64,
    _ timeout: Duration? = nil, progress: (Int) -> Void = { _ in }
  ) throws -> Int {
    guard offset >= 0, (count ?? 0) >= 0 else {
      throw HubError.invalidArgument("sendFile: \(count ?? 0) bytes from \(offset)")
    }
    let count = count ?? .max - offset
    try begin(.writing, "send")
    defer { record.end(.writing) }
    var sent = 0
    var cache = FileCache(of: file)
    while sent < count {
      // What was sent in part goes on to the end of the part that was read ahead.
      let room = min(count - sent, Self.fileChunk - sent % Self.fileChunk)
      let position = offset + sent
      if !cache.holds(position, room) {
        try readIntoMemory(file, position, room, until: deadline())
        cache.wasRead(to: position + room)
      }
      let moved = try perform(.writing, "send", until: deadline(), timeout) {
        ev_send_file(fileDescriptor, file, Int64(position), room)
      }
      if moved == 0 { break }
      progress(moved)
      sent += moved
    }
    return sent
  }

  /// Has another OS thread wait for the disk.
  private func readIntoMemory(
    _ file: Int32, _ offset: Int, _ count: Int, until deadline: Int64
  ) throws {
    let limit: Duration? = deadline == .max ? nil : .nanoseconds(deadline - Hub.current.now)
    // A duplicate: whoever is killed meanwhile closes the file, and the number may be another's.
    let copy = try FileCopy(of: file, "sendfile")
    record.keepOthersOut(.writing)
    let timedOut = IOTimeout(operation: "send", subject: subject)
    try withTimeout(limit, throwing: timedOut) {
      try ThreadPool.execute { copy.read(offset, count) }
    }
    try requireOpen("send")
  }
}

/// What is known of which parts of a file are in memory.
private struct FileCache {
  private let file: Int32
  /// Asked when the file system does not say of a part; tmpfs does not, nor do overlayfs, NFS and
  /// FUSE, whose files are on a disk or farther away.
  private lazy var isAllInMemory = ev_file_system_is_memory(file)
  private var readTo = 0

  init(of file: Int32) { self.file = file }

  /// Asks about the ends of a part: the kernel reads ahead more than lies between.
  mutating func holds(_ offset: Int, _ count: Int) -> Bool {
    switch ev_is_in_memory(file, Int64(offset), count) {
    case 0: false
    case 1: true
    // Not read again for each piece that the socket takes.
    default: offset + count <= readTo || isAllInMemory
    }
  }

  mutating func wasRead(to end: Int) { readTo = end }
}
