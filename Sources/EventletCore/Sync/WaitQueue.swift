/// One place in a line of waiting green threads.
///
/// Lies in memory with a fixed address: the green thread's own stack page. So
/// waiting costs no allocation and no reference counting.
@usableFromInline
package struct WaitNode {
  @usableFromInline
  package enum State: UInt8 {
    case idle
    /// In a queue.
    case queued
    /// Taken out of the queue by somebody who gave this waiter what it waits
    /// for. If the waiter is killed before it runs, it must pass that on.
    case chosen
    /// Taken out because the thing waited for is gone.
    case rejected
  }

  @usableFromInline var thread: Unmanaged<AnyGreenThread>
  @usableFromInline var next: UnsafeMutablePointer<WaitNode>?
  @usableFromInline var previous: UnsafeMutablePointer<WaitNode>?
  /// Where the waiter keeps what it offers or wants to receive, on its stack.
  @usableFromInline var payload: UnsafeMutableRawPointer?
  @usableFromInline package var state: State = .idle
  /// When it came into its line; for ``WaitQueue/putBack(_:)``.
  @usableFromInline var ticket: UInt64 = 0

  init(thread: AnyGreenThread) { self.thread = .passUnretained(thread) }
}

/// Green threads in line, first come, first served; removal anywhere in O(1).
///
/// Every waiting primitive stands on it.
///
/// A plain value inside its owner: its methods never switch, so the access they
/// need is over before anybody else runs.
@usableFromInline
package struct WaitQueue {
  @usableFromInline package typealias Node = UnsafeMutablePointer<WaitNode>

  @usableFromInline var first: Node?
  @usableFromInline var last: Node?
  @usableFromInline package var count = 0
  @usableFromInline var lastTicket: UInt64 = 0

  @usableFromInline package init() {}

  @inlinable package var isEmpty: Bool { first == nil }

  @inlinable
  package mutating func append(_ node: Node) {
    require(node.pointee.state != .queued, "a green thread can wait in one line at a time")
    node.pointee.state = .queued
    lastTicket &+= 1
    node.pointee.ticket = lastTicket
    node.pointee.next = nil
    node.pointee.previous = last
    if let last { last.pointee.next = node } else { first = node }
    last = node
    count += 1
  }

  /// For a waiter that was chosen for something that is gone again: to the place
  /// in line that it had.
  @usableFromInline
  package mutating func putBack(_ node: Node) {
    var previous: Node?
    var next = first
    // Only those that were put back before it can be ahead.
    while let other = next, other.pointee.ticket < node.pointee.ticket {
      previous = other
      next = other.pointee.next
    }
    node.pointee.state = .queued
    node.pointee.previous = previous
    node.pointee.next = next
    if let previous { previous.pointee.next = node } else { first = node }
    if let next { next.pointee.previous = node } else { last = node }
    count += 1
  }

  @inlinable
  package mutating func remove(_ node: Node) {
    let (previous, next) = (node.pointee.previous, node.pointee.next)
    if let previous { previous.pointee.next = next } else { first = next }
    if let next { next.pointee.previous = previous } else { last = previous }
    node.pointee.state = .idle
    count -= 1
  }

  /// Takes the longest waiting one out of the line and makes it ready to run.
  @usableFromInline
  package mutating func choose(as state: WaitNode.State = .chosen) -> Node? {
    guard let node = first else { return nil }
    remove(node)
    node.pointee.state = state
    node.pointee.thread._withUnsafeGuaranteedRef { thread in
      Hub.withCurrent { hub in
        hub.requireOwnership(of: thread)
        hub.wake(thread)
      }
    }
    return node
  }
}
