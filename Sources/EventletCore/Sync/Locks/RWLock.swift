/// A lock that many may hold for reading, or one for writing.
///
/// ```swift
/// let lock = RWLock()
/// let user = try lock.withReadLock { try directory.find(name) }
/// try lock.withWriteLock { try directory.rebuild() }
/// ```
///
/// First come, first served, with direct hand-off: readers that stand next to each other in line go
/// in together, and a reader that comes while a writer waits stands behind that writer. So neither
/// starves. Not re-entrant: a reader that takes the lock again waits for ever if a writer has come
/// in between, and so does one that takes it for writing.
///
/// Not `Sendable`. Python has none.
public final class RWLock {
  @exclusivity(unchecked) private var readers = 0
  @exclusivity(unchecked) private var writer = Holder.nobody
  /// Readers and writers; the payload of a writer's node is not nil.
  @exclusivity(unchecked) private var waiters = WaitQueue()

  /// Creates a lock that nobody holds.
  public init() {}

  /// How many green threads hold the lock for reading.
  public var readerCount: Int { readers }
  /// Whether somebody holds the lock for writing.
  public var isWriting: Bool { !writer.isNobody }
  /// How many green threads wait for the lock, to read or to write.
  public var waitingCount: Int { waiters.count }

  // MARK: Reading

  /// Takes the lock for reading; waits while somebody writes or stands in line, at most `timeout`.
  /// - Parameter timeout: nil waits for ever, which is the default; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: ``HubError/selfWait(_:)`` if the caller has the lock for writing; what a kill or
  ///   timeout throws, and the place in line or the lock is given up then;
  ///   ``HubError/blockingCallInHub(_:)`` in a hub callback that would have to wait.
  @discardableResult
  public func acquireRead(timeout: Duration? = nil) throws -> Bool {
    if acquireReadNoWait() { return true }
    return try wait("RWLock.acquireRead", toWrite: false, timeout: timeout)
  }

  /// Takes the lock for reading if that needs no wait.
  ///
  /// Never switches.
  public func acquireReadNoWait() -> Bool {
    guard writer.isNobody, waiters.isEmpty else { return false }
    readers += 1
    return true
  }

  /// Gives back the lock, which the caller has for reading.
  ///
  /// Never switches. Traps if nobody has it for reading.
  public func releaseRead() {
    require(readers > 0, "RWLock: releaseRead without an acquireRead")
    leave(wroteBefore: false)
  }

  /// Holds the lock for reading while `body` runs, and releases it on every way out.
  /// - Returns: What `body` returns.
  /// - Throws: As ``acquireRead(timeout:)``; what `body` throws.
  public func withReadLock<Result>(_ body: () throws -> Result) throws -> Result {
    try acquireRead()
    defer { releaseRead() }
    return try body()
  }

  // MARK: Writing

  /// Takes the lock for writing; waits while anybody holds it or stands in line, at most `timeout`.
  /// - Parameter timeout: nil waits for ever, which is the default; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: As ``acquireRead(timeout:)``.
  @discardableResult
  public func acquireWrite(timeout: Duration? = nil) throws -> Bool {
    if acquireWriteNoWait() { return true }
    return try wait("RWLock.acquireWrite", toWrite: true, timeout: timeout)
  }

  /// Takes the lock for writing if that needs no wait.
  ///
  /// Never switches.
  public func acquireWriteNoWait() -> Bool {
    guard readers == 0, writer.isNobody else { return false }
    writer = .current
    return true
  }

  /// Gives back the lock, which the caller has for writing.
  ///
  /// Never switches. Traps if the running green thread does not have it for writing.
  public func releaseWrite() {
    require(isWriting, "RWLock: releaseWrite without an acquireWrite")
    require(
      writer == .current,
      "RWLock: releaseWrite by \(Holder.current.description), but \(writer.description) writes")
    leave(wroteBefore: true)
  }

  /// Holds the lock for writing while `body` runs, and releases it on every way out.
  /// - Returns: What `body` returns.
  /// - Throws: As ``acquireWrite(timeout:)``; what `body` throws.
  public func withWriteLock<Result>(_ body: () throws -> Result) throws -> Result {
    try acquireWrite()
    defer { releaseWrite() }
    return try body()
  }

  // MARK: The line

  private func wait(_ call: StaticString, toWrite: Bool, timeout: Duration?) throws -> Bool {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting(call)
    if writer == .current { throw HubError.selfWait(writer.description) }
    node.pointee.payload = toWrite ? Self.writersMark : nil
    waiters.append(node)
    let end = hub.wait(node, for: self, until: hub.deadline(after: timeout))
    node.pointee.payload = nil
    if end.state == .queued {
      waiters.remove(node)
      // Readers behind a writer that leaves may go in.
      admit()
    }
    if let failure = end.failure {
      if end.state == .chosen { leave(wroteBefore: toWrite) }
      throw failure
    }
    return end.state == .chosen
  }

  private static var writersMark: UnsafeMutableRawPointer? { .init(bitPattern: 1) }

  private func leave(wroteBefore: Bool) {
    if wroteBefore { writer = .nobody } else { readers -= 1 }
    admit()
  }

  private func admit() {
    while writer.isNobody, let first = waiters.first {
      if first.pointee.payload == nil {
        readers += 1
      } else {
        guard readers == 0 else { return }
        writer = Holder(first)
      }
      _ = waiters.choose()
    }
  }
}

extension RWLock: WaitSubject {
  var waitDescription: String {
    isWriting
      ? "a lock held for writing by \(writer.description)"
      : "a lock held for reading by \(readers) green threads"
  }
}
