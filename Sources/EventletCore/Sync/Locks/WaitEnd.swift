/// What became of a wait in line.
struct WaitEnd {
  /// The state of the waiter's node when it resumed; `queued` if it is still in line.
  let state: WaitNode.State
  /// The error of a kill or timeout that arrived meanwhile.
  let failure: (any Error)?
}

extension CurrentHub {
  /// Waits with `node` in a line of `subject` until it is chosen or rejected, `deadline` passes or
  /// an error arrives.
  ///
  /// The caller takes the node out if it is still in line, and throws the error.
  func wait(
    _ node: WaitQueue.Node, for subject: any WaitSubject, until deadline: Nanoseconds
  ) -> WaitEnd {
    var failure: (any Error)?
    do { _ = try park(.subject, subject: subject.waitIdentifier, until: deadline) } catch {
      failure = error
    }
    let state = node.pointee.state
    if state != .queued { node.pointee.state = .idle }
    return WaitEnd(state: state, failure: failure)
  }

  /// As ``wait(_:for:until:)``, whatever arrives meanwhile: that is thrown at the next wait.
  func waitUninterrupted(_ node: WaitQueue.Node, for subject: any WaitSubject) {
    parkUninterrupted(node, .subject, subject: subject.waitIdentifier)
    node.pointee.state = .idle
  }
}
