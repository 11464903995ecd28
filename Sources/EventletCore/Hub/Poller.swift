internal import CEventletCore

/// The kernel's answer to "which descriptors are ready".
///
/// Two live implementations keep the interface honest: epoll(7) and poll(2).
protocol Poller: AnyObject {
  var name: String { get }
  /// Whether the hub must announce each wait, because nothing is remembered
  /// between polls.
  var tracksWaits: Bool { get }

  /// Watches a descriptor of the hub's own for reading, for as long as the poller lives.
  func watch(_ descriptor: Int32, tag: UInt64) throws
  /// Registers a descriptor of ours once, edge-triggered, for both directions.
  /// - Returns: false when the descriptor cannot be polled (a regular file).
  func register(_ descriptor: Int32, tag: UInt64) throws -> Bool
  /// Arms a foreign descriptor for one event. `Interest` of all its waiters.
  /// - Returns: false when the descriptor cannot be polled (a regular file).
  func armOnce(_ descriptor: Int32, interest: UInt32, tag: UInt64) throws -> Bool
  /// Forgets a foreign descriptor, or one of ours whose file stays open elsewhere.
  func forget(_ descriptor: Int32)
  /// Announces what is being waited for; 0 for nothing. Only if `tracksWaits`.
  func setWaits(_ descriptor: Int32, interest: UInt32, tag: UInt64)

  /// Waits for at most `timeout` nanoseconds (-1: for ever).
  /// - Returns: what has happened, in the poller's memory until the next wait. Nothing when the wait
  ///   was interrupted.
  func wait(timeout: Nanoseconds) -> UnsafeBufferPointer<ev_ready>
}

/// What identifies the eventfd of the mailbox among tags.
let mailboxTag = UInt64.max
/// The same of the main dispatch queue's.
let mainQueueTag = UInt64.max - 1

/// A tag names a descriptor and its generation: after a close, a late event of
/// the old descriptor does not reach the new one that got its number.
func makeTag(_ descriptor: Int32, generation: UInt32) -> UInt64 {
  UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
}
