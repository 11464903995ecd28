internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A regular file that is open for reading, and what it was when it was opened.
///
/// ```swift
/// if case .file(let file) = try root.open("/index.html") {
///   try socket.sendFile(file.descriptor, count: file.size)
/// }
/// ```
///
/// Closed with the last reference. May be used on several hubs at once: it has no place of its own.
public final class OpenedFile: Sendable, CustomStringConvertible {
  /// The descriptor's number, for ``/EventletNet/GreenSocket/sendFile(_:from:count:timeout:)``.
  ///
  /// Not to be closed; and to be kept open by a reference to this object.
  public var descriptor: Int32 { owner.number }
  /// How many bytes it has had.
  ///
  /// It may grow or shrink afterwards: what is sent may end before.
  public let size: Int
  /// When it was modified last, in seconds since the beginning of 1970.
  public let modificationDate: Int
  /// The part of a second after ``modificationDate``; 0 on file systems that do not keep it.
  public let modificationNanoseconds: Int
  /// The number of the file system.
  public let device: UInt64
  /// The number of the file within its file system.
  public let inode: UInt64
  /// The path by which it was opened.
  public let path: String
  private let owner: OwnedDescriptor

  init(_ owner: OwnedDescriptor, path: String, _ status: stat) {
    self.owner = owner
    self.path = path
    size = Int(status.st_size)
    modificationDate = Int(status.st_mtim.tv_sec)
    modificationNanoseconds = Int(status.st_mtim.tv_nsec)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// A strong tag of its content, made of its time, size and number.
  ///
  /// As good as the time that the file system keeps: of two changes within one tick of the kernel's
  /// clock, some milliseconds, that leave the size alone, the second goes unnoticed. Whoever replaces
  /// files by renaming gets another number, and so another tag, in any case.
  public var entityTag: EntityTag {
    let parts = [modificationDate, modificationNanoseconds, size].map { String($0, radix: 16) }
    return EntityTag(stringLiteral: (parts + [String(inode, radix: 16)]).joined(separator: "-"))
  }

  /// What conditional requests are held against.
  public var validators: Validators {
    Validators(entityTag: entityTag, modificationDate: modificationDate)
  }

  /// Reads at most `count` bytes from a place, and at most 1 MiB at a time.
  ///
  /// On an OS thread of ``/EventletCore/ThreadPool``: only the calling green thread waits for the disk.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - offset: Counted from the beginning of the file.
  /// - Returns: The bytes, fewer than that where the file ends; empty at the end.
  /// - Throws: ``/EventletCore/SystemError``, EINVAL for a negative offset; what a kill or timeout throws.
  public func read(upTo count: Int, at offset: Int) throws -> [UInt8] {
    guard count > 0 else { return [] }
    return try ThreadPool.execute { [self] in
      // There may be no memory for all that is asked for.
      let count = min(count, 1 << 20)
      return try [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
        guard let start = buffer.baseAddress else { return }
        // SAFETY: behind `used` there is room for `count - used` bytes.
        while used < count {
          let more = pread(descriptor, start + used, count - used, off_t(offset + used))
          if more < 0, ev_errno() == EINTR { continue }
          guard more >= 0 else {
            throw SystemError(call: "read", errno: ev_errno(), subject: path)
          }
          used += more
          if more == 0 { return }
        }
      }
    }
  }

  /// What it is, for messages.
  public var description: String { "file \(EscapedText(path))" }
}
