internal import CEventletCore
internal import Glibc

extension Hub {
  /// Waits until a descriptor is readable, or at its end, or broken.
  ///
  /// For descriptors of somebody else, such as a C library's connection: nothing
  /// about them is remembered between two waits, since a library may close a
  /// number and open another file under it.
  /// - Parameters:
  ///   - descriptor: Any descriptor that epoll takes; regular files are always ready.
  ///   - timeout: At most this long; nil is for ever.
  /// - Returns: false when the time passed first.
  /// - Throws: ``SystemError`` for a descriptor that is not open,
  ///   ``HubError/secondWaiter(direction:descriptor:first:second:)``,
  ///   ``HubError/closedWhileWaiting(descriptor:)`` after ``notifyClose(_:)``, and
  ///   whatever a kill or timeout throws; the registration is gone then.
  ///
  /// In Python: `hubs.trampoline(fd, read=True)`.
  public func waitUntilReadable(_ descriptor: Int32, timeout: Duration? = nil) throws -> Bool {
    try waitForForeign(descriptor, .reading, timeout)
  }

  /// Waits until a descriptor takes data, or is broken.
  ///
  /// As ``waitUntilReadable(_:timeout:)`` in all else.
  ///
  /// In Python: `hubs.trampoline(fd, write=True)`.
  public func waitUntilWritable(_ descriptor: Int32, timeout: Duration? = nil) throws -> Bool {
    try waitForForeign(descriptor, .writing, timeout)
  }

  private func waitForForeign(
    _ descriptor: Int32, _ direction: DescriptorRecord.Direction, _ timeout: Duration?
  ) throws -> Bool {
    guard descriptor >= 0 else {
      throw HubError.invalidArgument("descriptor \(descriptor): negative")
    }
    let deadline = deadline(after: timeout)
    let record = existingRecord(descriptor) ?? add(descriptor, isOwned: false)
    // Its readiness is remembered from before, perhaps wrongly: ask.
    if record.isOwned, isReady(descriptor, direction) { return true }
    return try record.wait(for: direction, until: deadline)
  }

  func isReady(_ descriptor: Int32, _ direction: DescriptorRecord.Direction) -> Bool {
    let wanted = UInt32(direction == .reading ? EV_READABLE : EV_WRITABLE)
    var events: UInt32 = 0
    let found = withUnsafePointer(to: descriptor) { ev_poll($0, [wanted], &events, 1, 0) }
    // One that is not open is found out, with its error, when it is waited for.
    return found > 0 && events & UInt32(EV_INVALID) == 0
  }

  // For those who wait in several lines.

  // `isShared`: whether there may be a second waiter although the hub prevents those. False for one
  // that cannot be waited for, and is always ready.
  @discardableResult
  func enterLine(
    of descriptor: Int32, _ direction: DescriptorRecord.Direction, _ node: WaitQueue.Node,
    isShared: Bool = false
  ) throws -> Bool {
    guard descriptor >= 0 else {
      throw HubError.invalidArgument("descriptor \(descriptor): negative")
    }
    let record = existingRecord(descriptor) ?? add(descriptor, isOwned: false)
    try record.enterLine(node, direction, isShared: isShared)
    return !record.isAlwaysReady
  }

  func leaveLine(
    of descriptor: Int32, _ direction: DescriptorRecord.Direction, _ node: WaitQueue.Node
  ) {
    guard let record = existingRecord(descriptor) else { return }
    record.leave(node, direction)
    record.disarmIfUnused()
  }

  /// Tells those who wait for a descriptor what somebody else has found out about it, and may use
  /// up.
  package func tellWaiters(of descriptor: Int32, _ events: DescriptorSelection.Events) {
    guard descriptorWaits > 0, let record = existingRecord(descriptor) else { return }
    record.receive(events.rawValue)
  }

  /// Forgets a foreign descriptor for which nobody waits any more.
  func forgetIfUnused(_ descriptor: Int32) { existingRecord(descriptor)?.disarmIfUnused() }

  /// Tells that a descriptor is about to be closed: whoever waits for it gets
  /// ``HubError/closedWhileWaiting(descriptor:)``.
  ///
  /// Call it before `close`. Never switches.
  ///
  /// In Python: `hubs.notify_close`.
  public func notifyClose(_ descriptor: Int32) { existingRecord(descriptor)?.detach() }

  /// Tells that a range of descriptors is about to be closed.
  package func notifyClose(from first: Int32, through last: Int32) {
    for record in descriptors.dropFirst(Int(first)).prefix(Int(last) - Int(first) + 1) {
      record?.detach()
    }
  }

  /// Tells that the operating system handed out this number anew: who still
  /// waits for the old file under that number gets an error.
  ///
  /// In Python: `hubs.notify_opened`.
  public func notifyOpened(_ descriptor: Int32) { existingRecord(descriptor)?.detach() }

  /// Takes a descriptor that the caller owns, and will detach before it closes it.
  package func own(_ descriptor: Int32) -> DescriptorRecord {
    existingRecord(descriptor)?.detach()
    return add(descriptor, isOwned: true)
  }

  /// Tells that the open file of a descriptor, if it is one of ours, has another one.
  package func noteDuplicate(of descriptor: Int32) {
    existingRecord(descriptor)?.mayHaveDuplicates = true
  }

  private func existingRecord(_ descriptor: Int32) -> DescriptorRecord? {
    let index = Int(descriptor)
    return index >= 0 && index < descriptors.count ? descriptors[index] : nil
  }

  private func add(_ descriptor: Int32, isOwned: Bool) -> DescriptorRecord {
    let record = DescriptorRecord(descriptor, isOwned: isOwned, hub: self)
    let index = Int(descriptor)
    if index >= descriptors.count {
      // Doubling: descriptor numbers grow one by one.
      let missing = max(64, index + 1, descriptors.count * 2) - descriptors.count
      descriptors.append(contentsOf: repeatElement(nil, count: missing))
    }
    descriptors[index] = record
    return record
  }

  func forget(_ record: DescriptorRecord) {
    let index = Int(record.descriptor)
    if index < descriptors.count, descriptors[index] === record { descriptors[index] = nil }
  }
}
