internal import CEventletCore

// Off, it costs the switch nothing: it is one more reason for the switch that has more to carry
// than a stack, for which the common one looks anyway.
extension Hub {
  /// Called at each switch of this hub; nil, as it is at first, costs nothing.
  ///
  /// It must only look: whatever blocks throws ``HubError/blockingCallInHub(_:)`` in it, and killing
  /// is a trap.
  ///
  /// In Python `debug.spew` traces lines, which Swift cannot; between two switches only one green
  /// thread runs.
  public var onSwitch: ((SwitchEvent) -> Void)? {
    get { switchTrace }
    set {
      switchTrace = newValue
      ev_thread_trace_switches(
        thread,
        newValue == nil
          ? nil
          : { hub, from, to in
            // SAFETY: the record of the OS thread retains it.
            Unmanaged<Hub>.fromOpaque(hub)._withUnsafeGuaranteedRef { $0.traceSwitch(from, to) }
          })
    }
  }

  /// From one context to another, just before.
  private func traceSwitch(
    _ from: UnsafeMutablePointer<ev_context>, _ to: UnsafeMutablePointer<ev_context>
  ) {
    // That of one that has ended has been told of by `traceEnd`.
    if isTracingEnd {
      isTracingEnd = false
      return
    }
    guard from != hubContext else {
      trace(from: nil, to: identifier(of: to), .turn)
      return
    }
    let thread = UnsafeMutablePointer<Fiber>(from).node.pointee.thread
    let reason: SwitchEvent.Reason =
      thread._withUnsafeGuaranteedRef { $0.state } == .parked
      ? .waits(UnsafeMutablePointer<Fiber>(from).pointee.waitDescription) : .yields
    trace(from: from.pointee.identifier, to: identifier(of: to), reason)
  }

  /// By its end a green thread may give its stack to the next, which is no switch of stacks.
  func traceEnd(of ended: UInt64, to: UnsafeMutablePointer<ev_context>) {
    trace(from: ended, to: identifier(of: to), .ends)
  }

  private func identifier(of context: UnsafeMutablePointer<ev_context>) -> UInt64? {
    context == hubContext ? nil : context.pointee.identifier
  }

  private func trace(from: UInt64?, to: UInt64?, _ reason: SwitchEvent.Reason) {
    guard let switchTrace else { return }
    let couldNotWait = mustNotWait
    mustNotWait = true
    isTracing = true
    switchTrace(SwitchEvent(time: now, from: from, to: to, reason: reason))
    isTracing = false
    mustNotWait = couldNotWait
  }
}

extension Debug {
  /// Prints each switch of this OS thread's hub to standard error, until ``unspew()``.
  ///
  /// See ``Hub/onSwitch``.
  ///
  /// In Python: `debug.spew`.
  public static func spew() { Hub.current.onSwitch = { writeToStandardError("\($0)\n") } }

  /// Ends ``spew()``.
  ///
  /// In Python: `debug.unspew`.
  public static func unspew() { Hub.current.onSwitch = nil }
}
