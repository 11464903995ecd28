internal import CEventletCore
internal import Glibc

/// epoll(7).
///
/// epoll keys on the pair of number and open file description, not on the
/// number. Two things follow. A descriptor that is closed while a duplicate
/// lives on (dup, a forked child) stays in the set and goes on reporting, once for
/// each change: where duplicates are known of it is taken out first, and otherwise
/// the generation in the tag makes such events harmless. And a foreign library may close a number and open
/// another file under it behind our back: a remembered registration would then
/// be gone, so foreign descriptors are armed for one event at a time, and the
/// kernel is asked each time whether it knows them.
final class EpollPoller: Poller {
  private static let capacity = 512
  private let epoll: Int32
  private let events = UnsafeMutablePointer<ev_ready>.allocate(capacity: EpollPoller.capacity)

  var name: String { "epoll" }
  var tracksWaits: Bool { false }

  init() throws {
    epoll = ev_epoll_create()
    guard epoll >= 0 else { throw SystemError(call: "epoll_create1") }
  }

  deinit {
    events.deallocate()
    if epoll >= 0 { _ = Glibc.close(epoll) }
  }

  func watch(_ descriptor: Int32, tag: UInt64) throws {
    guard ev_epoll_add(epoll, descriptor, UInt32(EV_READABLE), false, tag) == 0 else {
      throw SystemError(call: "epoll_ctl", subject: "descriptor \(descriptor)")
    }
  }

  func register(_ descriptor: Int32, tag: UInt64) throws -> Bool {
    let both = UInt32(EV_READABLE | EV_WRITABLE)
    if ev_epoll_add(epoll, descriptor, both, false, tag) == 0 { return true }
    // EEXIST: the number is back and a duplicate of its former file kept the
    // registration alive, or it was armed as a foreign one before.
    if ev_errno() == EEXIST, ev_epoll_modify(epoll, descriptor, both, false, tag) == 0 {
      return true
    }
    return try refusal(descriptor)
  }

  func armOnce(_ descriptor: Int32, interest: UInt32, tag: UInt64) throws -> Bool {
    if ev_epoll_add(epoll, descriptor, interest, true, tag) == 0 { return true }
    if ev_errno() == EEXIST, ev_epoll_modify(epoll, descriptor, interest, true, tag) == 0 {
      return true
    }
    return try refusal(descriptor)
  }

  private func refusal(_ descriptor: Int32) throws -> Bool {
    if ev_errno() == EPERM { return false }
    throw SystemError(call: "epoll_ctl", subject: "descriptor \(descriptor)")
  }

  func forget(_ descriptor: Int32) { _ = ev_epoll_remove(epoll, descriptor) }

  func setWaits(_ descriptor: Int32, interest: UInt32, tag: UInt64) {}

  func wait(timeout: Nanoseconds) -> UnsafeBufferPointer<ev_ready> {
    let count = ev_epoll_wait(epoll, events, Int32(Self.capacity), timeout)
    if count >= 0 { return UnsafeBufferPointer(start: events, count: Int(count)) }
    // EINTR: a signal came; to the hub that is an empty turn.
    require(
      ev_errno() == EINTR,
      "epoll_wait: \(SystemError(call: "epoll_wait")): somebody closed the "
        + "hub's epoll descriptor \(epoll)")
    return UnsafeBufferPointer(start: nil, count: 0)
  }
}
