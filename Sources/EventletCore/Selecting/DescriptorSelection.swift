internal import CEventletCore
internal import Glibc

/// One call that waits for several descriptors and tells all that are ready, as poll(2) does.
///
/// The kernel is asked for all of them at once; only when none is ready is there a place in the line
/// of each, until one is.
package final class DescriptorSelection {
  /// What is waited for, and what happened: `EV_…` bits, as many as there are descriptors.
  package struct Events: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Events(rawValue: UInt32(EV_READABLE))
    package static let writable = Events(rawValue: UInt32(EV_WRITABLE))
    package static let urgent = Events(rawValue: UInt32(EV_URGENT))
    package static let hangUp = Events(rawValue: UInt32(EV_HANGUP))
    package static let error = Events(rawValue: UInt32(EV_ERROR))
  }

  private let call: StaticString
  private let timeout: Duration?
  private var descriptors: [Int32] = []
  private var interests: [UInt32] = []
  private var found: [UInt32] = []
  /// Where in the lists a descriptor is, which may be asked for several times.
  private var places: [Int32: Int] = [:]

  /// - Parameters:
  ///   - call: For errors.
  ///   - timeout: For the whole call; zero lets ready work run once, nil is for ever.
  package init(_ call: StaticString, timeout: Duration?) {
    self.call = call
    self.timeout = timeout
  }

  /// Adds a descriptor, or more to wait for of one that was added before.
  package func add(_ descriptor: Int32, _ events: Events) throws {
    guard descriptor >= 0 else {
      throw SystemError(call: "\(call)", errno: EBADF, subject: "descriptor \(descriptor)")
    }
    if let place = places[descriptor] {
      interests[place] |= events.rawValue
    } else {
      places[descriptor] = descriptors.count
      descriptors.append(descriptor)
      interests.append(events.rawValue)
      found.append(0)
    }
  }

  /// What happened to a descriptor that was added.
  package func events(of descriptor: Int32) -> Events {
    Events(rawValue: places[descriptor].map { found[$0] } ?? 0)
  }

  /// Waits until at least one is ready.
  ///
  /// If something else is ready already, as `hasReady` says, it only looks, and does not switch.
  package func wait(hasReady: Bool = false) throws {
    let hub = Hub.current
    try hub.checkBeforeWaiting(call)
    let deadline = hub.deadline(after: timeout)
    try letOthersRun(hub)
    if try look() || hasReady { return }
    // Who only looks, perhaps in a loop, lets others run all the same.
    if timeout == .zero {
      try hub.yieldCurrent()
      _ = try look()
      return
    }
    while try waitForNews(hub, until: deadline) { if try look() { return } }
    // What came in the same turn as the end of the time.
    _ = try look()
  }

  /// One that always finds something is not alone in the world.
  private func letOthersRun(_ hub: Hub) throws {
    hub.selections &+= 1
    if hub.selections % 64 == 0 { try hub.yieldCurrent() }
  }

  /// Asks the kernel about all of them.
  private func look() throws -> Bool {
    guard !descriptors.isEmpty else { return false }
    let count = ev_poll(descriptors, interests, &found, Int32(descriptors.count), 0)
    // EINTR: a signal came before it had looked.
    guard count >= 0 || ev_errno() == EINTR else { throw SystemError(call: "\(call)") }
    for index in found.indices where found[index] & UInt32(EV_INVALID) != 0 {
      throw SystemError(
        call: "\(call)", errno: EBADF, subject: "descriptor \(descriptors[index])")
    }
    return count > 0
  }

  // MARK: Waiting

  /// A place in a line.
  private struct Place {
    let descriptor: Int32
    let direction: DescriptorRecord.Direction
  }

  private func linesToEnter() -> [Place] {
    let directions: [(Events, DescriptorRecord.Direction)] = [
      (.readable, .reading), (.writable, .writing), (.urgent, .urgent), (.hangUp, .hangUp),
    ]
    var places: [Place] = []
    places.reserveCapacity(descriptors.count)
    for index in descriptors.indices {
      for (event, direction) in directions where interests[index] & event.rawValue != 0 {
        places.append(Place(descriptor: descriptors[index], direction: direction))
      }
    }
    return places
  }

  /// - Returns: false when the time has passed.
  private func waitForNews(_ hub: Hub, until deadline: Nanoseconds) throws -> Bool {
    let lines = linesToEnter()
    // SAFETY: the nodes stay where they are until they are in no line any more.
    let nodes = UnsafeMutablePointer<WaitNode>.allocate(capacity: lines.count)
    nodes.initialize(repeating: WaitNode(thread: GreenThread.current), count: lines.count)
    defer {
      nodes.deinitialize(count: lines.count)
      nodes.deallocate()
    }
    var entered = 0
    let isInTime: Bool
    do {
      for line in lines {
        try hub.enterLine(of: line.descriptor, line.direction, nodes + entered)
        entered += 1
      }
      isInTime = try hub.park(.first, until: deadline)
    } catch {
      _ = leave(hub, lines[..<entered], nodes)
      throw error
    }
    if let closed = leave(hub, lines[...], nodes) {
      throw HubError.closedWhileWaiting(descriptor: closed)
    }
    return isInTime
  }

  /// Out of all lines.
  /// - Returns: one that was closed meanwhile.
  private func leave(
    _ hub: Hub, _ lines: ArraySlice<Place>, _ nodes: UnsafeMutablePointer<WaitNode>
  ) -> Int32? {
    var closed: Int32?
    for (index, line) in lines.enumerated() {
      let state = nodes[index].state
      nodes[index].state = state == .queued ? .queued : .idle
      if state == .queued {
        hub.leaveLine(of: line.descriptor, line.direction, nodes + index)
      } else {
        hub.forgetIfUnused(line.descriptor)
      }
      if state == .rejected, closed == nil { closed = line.descriptor }
    }
    return closed
  }
}
