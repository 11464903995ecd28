internal import CCurl
internal import CEventletCurl
internal import EventletCore
internal import Glibc

/// The sockets that libcurl wants to hear of, in a set of the kernel's that is a descriptor itself: the
/// hub waits for that one, and one look tells of all sockets that are ready.
///
/// Level-triggered, because libcurl does not read until there is nothing left. What it has no interest
/// in any more stays in the set until something happens to it: most often that is the next transfer
/// over the same connection, and neither end of it costs a system call then.
final class SocketSet {
  /// libcurl's numbers for reading and writing; 0 for neither.
  private typealias Interest = Int32

  private struct Entry {
    var wanted: Interest = 0
    var registered: Interest = 0
    /// Whether it is a connection, of which we are told when it is closed.
    ///
    /// Of sockets that never become one we are not.
    var isConnection = false
  }

  private static let capacity = 64

  let descriptor: Int32
  private let timer: Int32
  @exclusivity(unchecked) private var entries: [Entry] = []
  /// When the timer fires, and when it is to: it is not set back when that is later, or not wanted any
  /// more, since most of libcurl's timers are for what does not happen.
  @exclusivity(unchecked) private var firesAt = Int64.max
  @exclusivity(unchecked) private var wantedAt = Int64.max
  /// How many connections there are.
  @exclusivity(unchecked) private(set) var connectionCount = 0
  private let sockets = UnsafeMutablePointer<Int32>.allocate(capacity: SocketSet.capacity)
  private let events = UnsafeMutablePointer<Int32>.allocate(capacity: SocketSet.capacity)

  init() throws {
    descriptor = ev_curl_poll_create()
    guard descriptor >= 0 else { throw SystemError(call: "epoll_create1", errno: errno) }
    timer = ev_curl_timer_create()
    guard timer >= 0, ev_curl_poll_change(descriptor, timer, CURL_POLL_IN, true) == 0 else {
      let error = SystemError(call: "timerfd_create", errno: errno)
      if timer >= 0 { Glibc.close(timer) }
      Glibc.close(descriptor)
      throw error
    }
  }

  deinit {
    Glibc.close(timer)
    Glibc.close(descriptor)
    sockets.deallocate()
    events.deallocate()
  }

  private func makeRoom(for socket: Int32) {
    let missing = Int(socket) + 1 - entries.count
    if missing > 0 {
      entries.append(contentsOf: repeatElement(Entry(), count: max(missing, 64)))
    }
  }

  // MARK: What libcurl says

  func noteOpening(of socket: Int32) {
    makeRoom(for: socket)
    entries[Int(socket)] = Entry()
  }

  /// A request goes by it.
  func noteConnection(_ socket: Int32) {
    guard socket >= 0 else { return }
    makeRoom(for: socket)
    if entries[Int(socket)].isConnection { return }
    entries[Int(socket)].isConnection = true
    connectionCount += 1
  }

  func noteClosing(of socket: Int32) {
    guard Int(socket) < entries.count else { return }
    // The kernel would go on to report a file that a forked child has open too.
    if entries[Int(socket)].registered != 0 { _ = ev_curl_poll_remove(descriptor, socket) }
    if entries[Int(socket)].isConnection { connectionCount -= 1 }
    // Whoever gets the number next is another.
    entries[Int(socket)] = Entry()
  }

  /// `what` is one of CURL_POLL_….
  /// - Returns: why the kernel does not watch it: there is no room for one more.
  func watch(_ socket: Int32, for what: Int32) -> SystemError? {
    makeRoom(for: socket)
    let wanted = what & CURL_POLL_INOUT
    entries[Int(socket)].wanted = wanted
    let entry = entries[Int(socket)]
    if wanted == 0 {
      if !entry.isConnection, entry.registered != 0 { remove(socket) }
    } else if wanted != entry.registered {
      let isNew = entry.registered == 0
      guard ev_curl_poll_change(descriptor, socket, wanted, isNew) == 0 else {
        let code = errno
        let error = SystemError(call: "epoll_ctl", errno: code)
        require(code == ENOSPC || code == ENOMEM, "HTTPClient: \(error): socket \(socket)")
        return error
      }
      entries[Int(socket)].registered = wanted
    }
    return nil
  }

  private func remove(_ socket: Int32) {
    _ = ev_curl_poll_remove(descriptor, socket)
    entries[Int(socket)].registered = 0
  }

  // By a clock that is read without a look at the hardware, and may be so many milliseconds behind: one
  // that is early would find libcurl with nothing to do.
  private static let mostBehind: Int64 = 5

  /// Has the timer fire after so many milliseconds of the kernel's clock; never, if negative.
  func setTimer(afterMilliseconds milliseconds: Int) {
    wantedAt = milliseconds < 0 ? .max : Self.now + Int64(milliseconds) + Self.mostBehind
    if wantedAt < firesAt { arm() }
  }

  private func arm() {
    firesAt = wantedAt
    ev_curl_timer_set(timer, max(1, wantedAt - Self.now))
  }

  /// - Returns: whether it is time.
  private func takeTimer() -> Bool {
    ev_curl_timer_clear(timer)
    firesAt = .max
    guard wantedAt > Self.now else {
      wantedAt = .max
      return true
    }
    if wantedAt < .max { arm() }
    return false
  }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  // MARK: What the kernel says

  /// Calls `body` for each socket that is ready, with CURL_CSELECT_… bits, and for the timer with a
  /// socket of -1.
  /// - Returns: the number of calls and of sockets that nobody is interested in: 0 if there is nothing
  ///   more to be looked for.
  func forEachReady(_ body: (_ socket: Int32, _ events: Int32) -> Void) -> Int {
    let count = Int(ev_curl_poll_look(descriptor, sockets, events, Int32(Self.capacity)))
    for index in 0..<max(0, count) {
      let socket = sockets[index]
      if socket == timer {
        if takeTimer() { body(-1, 0) }
      } else if entries[Int(socket)].wanted == 0 {
        // An event of one that was closed meanwhile may come once; it is in no set then.
        if entries[Int(socket)].registered != 0 { remove(socket) }
      } else {
        body(socket, events[index])
      }
    }
    return max(0, count)
  }

  /// Closes what the parent of this process has opened, without a word to the other ends.
  func closeAllInChild() {
    for socket in entries.indices
    where entries[socket].isConnection || entries[socket].registered != 0 {
      Glibc.close(Int32(socket))
    }
    entries = []
    connectionCount = 0
  }
}
