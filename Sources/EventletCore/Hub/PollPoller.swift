internal import CEventletCore
internal import Glibc

/// poll(2): the fall-back, and the proof that the poller's interface is one.
///
/// Chosen with `EVENTLET_HUB=poll` or ``Hub/use(_:)``. Level-triggered, so it
/// asks only for what somebody waits for.
final class PollPoller: Poller {
  private struct Wait {
    let interest: UInt32
    let tag: UInt64
  }

  private var waits: [Int32: Wait] = [:]
  private var watched: [(descriptor: Int32, tag: UInt64)] = []
  private var events: UnsafeMutablePointer<ev_ready>
  private var capacity = 64

  var name: String { "poll" }
  var tracksWaits: Bool { true }

  init() { events = .allocate(capacity: capacity) }

  deinit { events.deallocate() }

  func watch(_ descriptor: Int32, tag: UInt64) throws { watched.append((descriptor, tag)) }

  func register(_ descriptor: Int32, tag: UInt64) throws -> Bool {
    // poll(2) finds out only when it polls; a closed number must be an error now.
    guard fcntl(descriptor, F_GETFD) >= 0 else {
      throw SystemError(call: "poll", subject: "descriptor \(descriptor)")
    }
    return true
  }

  func armOnce(_ descriptor: Int32, interest: UInt32, tag: UInt64) throws -> Bool {
    let known = try register(descriptor, tag: tag)
    waits[descriptor] = Wait(interest: interest, tag: tag)
    return known
  }

  func forget(_ descriptor: Int32) { waits[descriptor] = nil }

  func setWaits(_ descriptor: Int32, interest: UInt32, tag: UInt64) {
    waits[descriptor] = interest == 0 ? nil : Wait(interest: interest, tag: tag)
  }

  func wait(timeout: Nanoseconds) -> UnsafeBufferPointer<ev_ready> {
    var descriptors = watched.map(\.descriptor)
    var interests = [UInt32](repeating: UInt32(EV_READABLE), count: watched.count)
    var tags = watched.map(\.tag)
    for (descriptor, wait) in waits {
      descriptors.append(descriptor)
      interests.append(wait.interest)
      tags.append(wait.tag)
    }
    var found = [UInt32](repeating: 0, count: tags.count)
    let ready = ev_poll(descriptors, interests, &found, Int32(tags.count), timeout)
    guard ready > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    if capacity < tags.count {
      events.deallocate()
      capacity = tags.count * 2
      events = .allocate(capacity: capacity)
    }
    var count = 0
    for (index, happened) in found.enumerated() where happened != 0 {
      events[count] = ev_ready(tag: tags[index], events: happened)
      count += 1
    }
    return UnsafeBufferPointer(start: events, count: count)
  }
}
