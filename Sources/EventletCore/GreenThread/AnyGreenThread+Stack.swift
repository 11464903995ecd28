internal import CEventletCore

extension AnyGreenThread {
  /// Gives back the memory of this green thread's stack beyond what it stands on while it is parked.
  ///
  /// For one that is expected to wait for long: what it has once used stays its own otherwise, until
  /// it ends. Costs a system call. Does nothing to one that has not begun, has ended, or stands on the
  /// OS thread's own stack. The caller is somebody else.
  package final func trimStack() {
    hub.requireOwnership(of: self)
    guard let fiber, fiber.pointee.pool != nil, !isFinished,
      hub.running?.toOpaque() != Unmanaged.passUnretained(self).toOpaque()
    else { return }
    ev_stack_trim(fiber.context)
  }
}
