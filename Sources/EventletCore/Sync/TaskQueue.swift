/// A queue whose items are tasks: ``join(timeout:)`` waits until all were reported done.
///
/// ```swift
/// let jobs = Queue<URL>()
/// for _ in 0..<4 {
///   spawn { while true { let url = try jobs.get(); defer { try? jobs.taskDone() }; fetch(url) } }
/// }
/// for url in urls { try jobs.put(url) }
/// try jobs.join()
/// ```
///
/// Use it as ``Queue``, ``PriorityQueue`` or ``LifoQueue``; all else is as in ``BaseQueue``.
public final class TaskQueue<Storage: QueueStorage>: BaseQueue<Storage> {
  @exclusivity(unchecked) private var joiners = WaitQueue()

  /// Creates a queue.
  /// - Parameter maxSize: nil or negative: unbounded; 0: rendezvous.
  @inlinable
  public override init(maxSize: Int? = nil) { super.init(maxSize: maxSize) }

  @inlinable override func countPut() { unfinished += 1 }

  /// Items put and not yet reported done.
  public var unfinishedCount: Int { unfinished }

  /// Reports that one item that was taken has been dealt with.
  ///
  /// Never switches.
  /// - Throws: ``QueueError/taskDoneTooOften``.
  ///
  /// In Python: `task_done`.
  public func taskDone() throws {
    guard unfinished > 0 else { throw QueueError.taskDoneTooOften }
    unfinished -= 1
    if unfinished == 0 { while joiners.choose() != nil {} }
  }

  /// Waits until every item that was put has been reported done.
  ///
  /// Once the count has reached 0 it returns, even if items were put before it
  /// resumed.
  /// - Parameter timeout: nil waits for ever.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws.
  ///
  /// In Python: `join`.
  @discardableResult
  public func join(timeout: Duration? = nil) throws -> Bool {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Queue.join")
    if unfinished == 0 { return true }
    joiners.append(node)
    defer { node.pointee.state = .idle }
    do {
      _ = try hub.park(.queueJoin, until: hub.deadline(after: timeout))
    } catch {
      if node.pointee.state == .queued { joiners.remove(node) }
      throw error
    }
    if node.pointee.state == .queued { joiners.remove(node) }
    return node.pointee.state == .chosen || unfinished == 0
  }
}
