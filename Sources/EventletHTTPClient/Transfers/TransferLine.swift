internal import EventletCore

/// Those who wait for one side of a transfer: one green thread, or any number where the hub allows that.
struct TransferLine {
  private var queue = WaitQueue()
  /// Who waits, for the error of who comes second.
  private(set) var waiter: AnyGreenThread?

  var isEmpty: Bool { queue.isEmpty }

  mutating func enter(_ node: WaitQueue.Node) {
    waiter = GreenThread.current
    queue.append(node)
  }

  mutating func leave(_ node: WaitQueue.Node) {
    waiter = nil
    if node.pointee.state == .queued { queue.remove(node) }
    node.pointee.state = .idle
  }

  mutating func wakeAll() { while queue.choose() != nil {} }
}
