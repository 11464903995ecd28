internal import CEventletCore
internal import CEventletPatch
internal import EventletCore

/// What the hooks, which are C, ask of the hub of their OS thread.
enum HubOperations {
  /// Stays for good, because a hook may be about to use it.
  nonisolated(unsafe) static let table: UnsafePointer<ev_patch_operations> = {
    let table = UnsafeMutablePointer<ev_patch_operations>.allocate(capacity: 1)
    table.initialize(
      to: ev_patch_operations(
        deadline: { Hub.current.deadline(after: .nanoseconds($0)) },
        rest: { deadline in
          deadline == .never ? .never : max(0, deadline - Hub.current.now)
        },
        wait: { descriptor, wanted, deadline in
          var wait = ev_wait(fd: descriptor, wanted: wanted, happened: 0)
          // SAFETY: a local of this green thread's stack, which stays where it is.
          return withUnsafeMutablePointer(to: &wait) {
            code(
              Hub.current.waitAsForeignCode(
                for: UnsafeMutableBufferPointer(start: $0, count: 1), until: deadline))
          }
        },
        wait_uninterrupted: { descriptor, deadline in
          var wait = ev_wait(fd: descriptor, wanted: UInt32(EV_READABLE), happened: 0)
          // SAFETY: as above.
          return withUnsafeMutablePointer(to: &wait) { wait in
            code(
              Hub.current.uninterruptedAsForeignCode { hub in
                hub.waitAsForeignCode(
                  for: UnsafeMutableBufferPointer(start: wait, count: 1), until: deadline)
              })
          }
        },
        wait_for_any: { waits, count, deadline in
          code(
            Hub.current.waitAsForeignCode(
              for: UnsafeMutableBufferPointer(start: waits, count: count), until: deadline))
        },
        sleep: { code(Hub.current.sleepAsForeignCode(until: $0)) },
        tell: { descriptor, events in
          Hub.current.tellWaiters(of: descriptor, .init(rawValue: events))
        },
        closing: { Hub.ifPresent?.notifyClose(from: $0, through: $1) },
        perform: { code(HelperJob.perform($0)) },
        perform_to_the_end: { HelperJob.performToTheEnd($0) },
        uninterrupted: { body, argument in
          Hub.current.uninterruptedAsForeignCode { _ in body(argument) }
        },
        begin_waiting: { ForeignWaiter.begin($0) },
        park: { ForeignWaiter.park(until: $0) },
        end_waiting: { ForeignWaiter.end($0) },
        wake: { ForeignWaiter.wake($0) },
        nudge: { ForeignWaiter.nudge($0) },
        blocked: { call, reason, length, addresses, count in
          PatchAudit.note(
            String(cString: call), Self.reason(reason), length,
            addresses: Array(UnsafeBufferPointer(start: addresses, count: count)))
        }))
    return UnsafePointer(table)
  }()

  private static func reason(_ code: Int32) -> BlockingCall.Reason {
    switch code {
    case Int32(EV_BLOCKS_FOR_FILE): .file
    case Int32(EV_BLOCKS_FOR_THREAD): .lockOfAnotherThread
    default: .mustNotWait
    }
  }

  private static func code(_ end: Hub.ForeignEnd) -> Int32 {
    switch end {
    case .ready: Int32(EV_PATCH_READY)
    case .timedOut: Int32(EV_PATCH_TIMED_OUT)
    case .closed: Int32(EV_PATCH_CLOSED)
    case .interrupted: Int32(EV_PATCH_INTERRUPTED)
    case .unpollable: Int32(EV_PATCH_UNPOLLABLE)
    case .mustNot: Int32(EV_PATCH_MUST_NOT)
    }
  }
}
