/// Waits for the first of several things.
///
/// ```swift
/// let line = try waitForFirst(
///   of: .item(of: lines) { "line: \($0)" },
///   .event(stop) { "stopped" },
///   .readable(descriptor) { "input" },
///   .timeout(.seconds(5)) { "nothing for five seconds" })
/// ```
///
/// Exactly one case happens: its item is taken, its permit acquired, and its
/// closure called; the others are as if nobody had waited. If several could
/// happen at once, the first in the order given does.
/// - Parameter cases: At least one.
/// - Returns: what the closure of the case returns.
/// - Throws: what that closure throws; the error of an event or a green thread;
///   what a kill or timeout throws, and then no case has happened.
public func waitForFirst<Result>(of cases: WaitCase<Result>...) throws -> Result {
  try waitForFirst(of: cases)
}

/// As with cases one by one, for cases that are counted when the program runs.
public func waitForFirst<Result>(of cases: [WaitCase<Result>]) throws -> Result {
  require(!cases.isEmpty, "waitForFirst: no cases")
  for `case` in cases {
    if let handler = try `case`.takeNow() { return try handler() }
  }
  return try Selection(cases).wait()()
}

/// One call of `waitForFirst` that has to wait: a place in every line.
private final class Selection<Result> {
  private let cases: [WaitCase<Result>]
  private let nodes: UnsafeMutablePointer<WaitNode>

  init(_ cases: [WaitCase<Result>]) {
    self.cases = cases
    nodes = .allocate(capacity: cases.count)
    for index in cases.indices {
      (nodes + index).initialize(to: WaitNode(thread: GreenThread.current))
    }
  }

  deinit {
    nodes.deinitialize(count: cases.count)
    nodes.deallocate()
  }

  func wait() throws -> () throws -> Result {
    let hub = CurrentHub()
    _ = try hub.nodeForWaiting("waitForFirst")
    let deadline = cases.map { hub.deadline(after: $0.timeout) }.min() ?? .never
    while true {
      var entered = 0
      do {
        for `case` in cases {
          try `case`.enter(nodes + entered)
          entered += 1
        }
        let isInTime = try hub.park(.first, until: deadline)
        if let handler = leave(cases.count, accepting: true) { return handler }
        // Chosen for something that was gone again when we came: once more.
        if isInTime { continue }
        return handlerOfTimeout(at: deadline, on: hub)
      } catch {
        _ = leave(entered, accepting: false)
        throw error
      }
    }
  }

  /// Out of all lines.
  /// - Returns: what the first case gave that was chosen and is still to be had; nil if none
  ///   was, or if none is accepted.
  private func leave(_ count: Int, accepting: Bool) -> (() throws -> Result)? {
    var handler: (() throws -> Result)?
    for index in 0..<count {
      let node = nodes + index
      let state = node.pointee.state
      if state == .queued { cases[index].leave(node) }
      node.pointee.state = .idle
      guard state == .chosen || state == .rejected else { continue }
      if accepting, handler == nil {
        handler = cases[index].accept(state)
      } else if state == .chosen {
        cases[index].decline()
      }
    }
    return handler
  }

  private func handlerOfTimeout(
    at deadline: Nanoseconds, on hub: CurrentHub
  ) -> () throws -> Result {
    // The shortest, the first of equal ones.
    let shortest = cases.indices.filter { cases[$0].timeout != nil }
      .min { cases[$0].timeout.unsafelyUnwrapped < cases[$1].timeout.unsafelyUnwrapped }
    return cases[shortest.unsafelyUnwrapped].onTimeout.unsafelyUnwrapped
  }
}
