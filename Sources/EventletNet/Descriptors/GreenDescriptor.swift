internal import CEventletCore
internal import EventletCore
internal import Glibc

/// What ``GreenSocket`` has in common with everything else that owns a descriptor: its timeout, its
/// users, and its end.
///
/// Not `Sendable`: it belongs to the hub of the OS thread that made it. Dropping the last reference
/// closes.
public class GreenDescriptor: CustomStringConvertible {
  final let record: DescriptorRecord
  /// The descriptor's number; of no use after ``close()``.
  public final let fileDescriptor: Int32
  @exclusivity(unchecked) final private(set) var isClosed = false

  /// How long one operation may take as a whole, waits and all.
  ///
  /// nil, the default, is for ever. `Duration.zero` makes every operation fail
  /// with ``/EventletCore/SystemError/wouldBlock`` instead of waiting. A call's own
  /// `timeout:` comes before it.
  ///
  /// In Python: `settimeout`, whose limit is for each wait and not for the call.
  @exclusivity(unchecked) public final var timeout: Duration?

  /// How much was done since the last wait: calls, and KiB.
  @exclusivity(unchecked) private final var doneWithoutWait = 0
  private static let mostWithoutWait = 64

  /// For one that is non-blocking from birth.
  init(owning descriptor: Int32) {
    fileDescriptor = descriptor
    record = Hub.current.own(descriptor)
  }

  /// Takes over a descriptor, and makes it non-blocking.
  ///
  /// It is not taken over when this throws.
  init(adopting descriptor: Int32) throws {
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0 else {
      throw SystemError(call: "fcntl", subject: "descriptor \(descriptor)")
    }
    fileDescriptor = descriptor
    record = Hub.current.own(descriptor)
    // Who knows where it has been.
    record.mayHaveDuplicates = true
  }

  deinit { close() }

  /// Closes the descriptor.
  ///
  /// Whoever waits for it, in another green thread, gets
  /// ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; later calls get
  /// ``/EventletCore/SystemError/badDescriptor``. Never switches. Closing twice
  /// does nothing, and neither does closing one whose number was closed behind
  /// its back, once somebody else owns that number or the hub was told so by
  /// ``/EventletCore/Hub/notifyClose(_:)`` or ``/EventletCore/Hub/notifyOpened(_:)``.
  public final func close() {
    guard !isClosed else { return }
    willClose()
    isClosed = true
    // Before the number is free for others; and not at all if it is another's already.
    guard record.detach() else { return }
    // An error of close(2) has closed the descriptor all the same on Linux;
    // EINTR must not be retried.
    _ = Glibc.close(fileDescriptor)
  }

  /// Before the descriptor is closed, while it is open.
  func willClose() {}

  /// Lets go of the descriptor, which stays open and is the caller's to close.
  final func giveUp() -> Int32 {
    isClosed = true
    record.detach(leavesOpen: true)
    return fileDescriptor
  }

  /// What it is, for messages.
  public var description: String { subject }

  /// What an operation is done on, for messages.
  package var subject: String { shortSubject }

  /// Without a question to the kernel.
  var shortSubject: String { "descriptor \(fileDescriptor)" }

  final func requireOpen(_ call: String) throws {
    // The record is also closed when the number was announced, or turned out, to be another's.
    if isClosed || record.isClosed {
      throw SystemError(call: call, errno: EBADF, subject: shortSubject)
    }
  }

  /// The absolute end of an operation that begins now.
  final func deadline(_ timeout: Duration?) -> Int64 {
    guard let limit = timeout ?? self.timeout else { return .max }
    return Hub.current.deadline(after: limit)
  }

  // MARK: Operations

  /// Begins an operation, unless somebody else is in the middle of one in that direction.
  ///
  /// Balanced by `record.end`.
  final func begin(_ direction: DescriptorRecord.Direction, _ call: String) throws {
    try requireOpen(call)
    try record.begin(direction)
  }

  /// Comes before each system call: lets the other green threads run now and then, and looks at the
  /// deadline, which a call that always finds something to do would never meet otherwise.
  final func letOthersRun(
    _ direction: DescriptorRecord.Direction, _ call: String, until deadline: Int64,
    _ timeout: Duration?
  ) throws {
    guard doneWithoutWait >= Self.mostWithoutWait else { return }
    doneWithoutWait = 0
    // Who must not wait has other things to do, and will wait there.
    if (timeout ?? self.timeout) == .zero { return }
    record.keepOthersOut(direction)
    try GreenThread.yield()
    try requireOpen(call)
    guard deadline == .max || Hub.current.now < deadline else {
      throw IOTimeout(operation: call, subject: subject)
    }
  }

  /// Makes a call that may find nothing to do, again after each wait until it does.
  ///
  /// Between `begin` and `end`. The call itself must not switch.
  /// - Returns: what the call returned, at least 0.
  @inline(__always)
  final func perform(
    _ direction: DescriptorRecord.Direction, _ operation: String, until deadline: Int64,
    _ timeout: Duration?, _ call: () -> Int
  ) throws -> Int {
    try letOthersRun(direction, operation, until: deadline, timeout)
    while true {
      if mustNotWait(timeout) || (direction == .reading ? record.isReadable : record.isWritable) {
        let result = call()
        if result >= 0 {
          hasDone(byteCount: result)
          return result
        }
        let error = ev_errno()
        guard error == EAGAIN else {
          if direction == .reading, isEnd(error) { return 0 }
          throw SystemError(call: operation, errno: error, subject: subject)
        }
        if direction == .reading { record.usedUpReading() } else { record.usedUpWriting() }
      }
      try wait(direction, until: deadline, operation, timeout)
      try requireOpen(operation)
    }
  }

  /// Whether an error of a call that reads is the end of what there is to read.
  func isEnd(_ error: Int32) -> Bool { false }

  /// Has `receive` fill memory of at most `count` bytes, and of `most`: there may be none for `count`.
  @inline(__always)
  final func receiveArray(
    upTo count: Int, most: Int, _ receive: (UnsafeMutableRawBufferPointer) throws -> Int
  ) rethrows -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(count, 0), most), alignment: 16)
    defer { buffer.deallocate() }
    // Not into an array's own storage: that access would stay open across the switch.
    let received = try receive(buffer)
    return Array(buffer[..<received])
  }

  /// Has `send` take part after part of `bytes`.
  ///
  /// The memory must stay as it is until this returns; nobody else's bytes come between.
  @inline(__always)
  final func sendAll(
    _ bytes: UnsafeRawBufferPointer, _ operation: String, _ timeout: Duration?,
    _ send: (UnsafeRawBufferPointer, _ deadline: Int64) throws -> Int
  ) throws {
    let deadline = deadline(timeout)
    try begin(.writing, operation)
    defer { record.end(.writing) }
    var rest = bytes
    while !rest.isEmpty {
      let count = try send(rest, deadline)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  final func hasDone(byteCount: Int = 0) { doneWithoutWait += 1 + byteCount / 1024 }

  /// Whether a call with this `timeout` fails instead of waiting.
  ///
  /// Then it asks the kernel each time: what the record remembers is brought up to date by the
  /// waits that such calls do without.
  final func mustNotWait(_ timeout: Duration?) -> Bool { (timeout ?? self.timeout) == .zero }

  /// Waits for one direction, or throws what says that it did not come.
  final func wait(
    _ direction: DescriptorRecord.Direction, until deadline: Int64, _ operation: String,
    _ timeout: Duration?
  ) throws {
    if mustNotWait(timeout) {
      throw SystemError(call: operation, errno: EAGAIN, subject: subject)
    }
    doneWithoutWait = 0
    record.keepOthersOut(direction)
    guard try record.wait(for: direction, until: deadline) else {
      throw IOTimeout(operation: operation, subject: subject)
    }
  }
}
