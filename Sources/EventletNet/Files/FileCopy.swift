internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A descriptor of an open file, closed with the last reference: for jobs of the thread pool, whose
/// caller may be killed and close its own meanwhile.
package final class FileCopy: Sendable {
  private let descriptor: Int32
  private let call: String
  private let subject: String

  /// Duplicates `file`; `call` is what it is for, for messages.
  package init(of file: Int32, _ call: String) throws {
    self.call = call
    subject = "descriptor \(file)"
    descriptor = fcntl(file, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw SystemError(call: call, subject: subject) }
  }

  deinit { close(descriptor) }

  /// Reads a part for the sake of what the kernel keeps of it.
  ///
  /// An error is for who needs the bytes.
  func read(_ offset: Int, _ count: Int) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
    defer { buffer.deallocate() }
    _ = pread(descriptor, buffer.baseAddress, count, off_t(offset))
  }

  /// Reads a part; fewer bytes at the end of the file.
  package func bytes(from offset: Int, count: Int) throws -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let place = buffer.baseAddress.map { $0 + filled }
        let got = pread(descriptor, place, count - filled, off_t(offset + filled))
        if got < 0, ev_errno() == EINTR { continue }
        if got < 0 { failure = SystemError(call: call, subject: subject) }
        if got <= 0 { break }
        filled += got
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
