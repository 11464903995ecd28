extension AnyGreenThread {
  /// - Returns: false when the time passed first.
  @usableFromInline
  final func waitUntilFinished(timeout: Duration?) throws -> Bool {
    try Hub.withCurrent { try waitUntilFinished(on: $0, timeout: timeout) }
  }

  private final func waitUntilFinished(on hub: Hub, timeout: Duration?) throws -> Bool {
    try hub.checkBeforeWaiting("GreenThread.wait")
    hub.requireOwnership(of: self)
    if hub.running?.toOpaque() == Unmanaged.passUnretained(self).toOpaque() {
      throw HubError.selfWait(description)
    }
    let node = hub.currentNode
    joiners.append(node)
    do {
      _ = try hub.park(.greenThread, subject: Int(id), until: hub.deadline(after: timeout))
    } catch {
      if node.pointee.state == .queued { joiners.remove(node) }
      node.pointee.state = .idle
      throw error
    }
    if node.pointee.state == .queued { joiners.remove(node) }
    node.pointee.state = .idle
    return isFinished
  }
}
