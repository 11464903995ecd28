internal import EventletCore

/// What ``GreenDescriptor/poll(_:timeout:)-([PollItem<Item>],_)`` waits for, and what it finds.
///
/// In Python: `POLLIN` and so on.
public struct PollEvents: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// Bits, one for each member.
  public let rawValue: UInt8

  /// Creates a set from bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Something can be read, be it the end of a stream (POLLIN).
  public static let readable = PollEvents(rawValue: 1)
  /// Something can be written (POLLOUT).
  public static let writable = PollEvents(rawValue: 2)
  /// There is urgent data (POLLPRI).
  public static let urgent = PollEvents(rawValue: 4)
  /// The peer sends no more, or the connection is gone (POLLRDHUP, POLLHUP).
  ///
  /// The first is told to who asks for it or for ``readable``, the second to everybody.
  public static let hangUp = PollEvents(rawValue: 8)
  /// The descriptor is broken (POLLERR); told to everybody.
  public static let error = PollEvents(rawValue: 16)

  private static let names: [(PollEvents, String, DescriptorSelection.Events)] = [
    (.readable, "readable", .readable), (.writable, "writable", .writable),
    (.urgent, "urgent", .urgent), (.hangUp, "hangUp", .hangUp), (.error, "error", .error),
  ]

  var forKernel: DescriptorSelection.Events {
    Self.names.reduce(into: []) { if contains($1.0) { $0.insert($1.2) } }
  }

  init(_ events: DescriptorSelection.Events) {
    self = Self.names.reduce(into: []) { if events.contains($1.2) { $0.insert($1.0) } }
  }

  /// The names of the members.
  public var description: String {
    "[\(Self.names.filter { contains($0.0) }.map(\.1).joined(separator: ", "))]"
  }
}

/// A descriptor with what to wait for, and then with what has happened to it.
public struct PollItem<Item> {
  /// The descriptor, or what has one.
  public let item: Item
  /// What to wait for, or what has happened.
  public let events: PollEvents

  /// Creates an item from its two parts.
  public init(_ item: Item, _ events: PollEvents) {
    self.item = item
    self.events = events
  }
}

extension GreenDescriptor {
  /// Waits until something of interest happens to at least one of several descriptors, and tells of
  /// all to which it does.
  ///
  /// ```swift
  /// let interests = [PollItem(client, .readable), PollItem(upstream, [.readable, .writable])]
  /// for ready in try GreenSocket.poll(interests, timeout: .seconds(30)) {
  ///   if ready.events.contains(.readable) { try receive(from: ready.item) }
  /// }
  /// ```
  ///
  /// As ``GreenDescriptor/select(reading:writing:exceptional:timeout:)-([Item],_,_,_)`` in all else.
  /// - Parameters:
  ///   - interests: Each with what to wait for. An item may be there more than once.
  ///   - timeout: For the whole call; nil is for ever.
  /// - Returns: those to which something happened, in the order given, with what it is; nothing when
  ///   the time passed first.
  /// - Throws: as `select`.
  ///
  /// In Python: `select.poll`, where one registers first.
  public static func poll<Item: Selectable>(
    _ interests: [PollItem<Item>], timeout: Duration? = nil
  ) throws -> [PollItem<Item>] {
    try pollAny(interests, timeout) { $0 }
  }

  /// As for descriptors of one type, for those of several.
  public static func poll(
    _ interests: [PollItem<any Selectable>], timeout: Duration? = nil
  ) throws -> [PollItem<any Selectable>] {
    try pollAny(interests, timeout) { $0 }
  }
}

private func pollAny<Item>(
  _ interests: [PollItem<Item>], _ timeout: Duration?,
  _ selectable: (Item) -> any Selectable
) throws -> [PollItem<Item>] {
  let selection = DescriptorSelection("poll", timeout: timeout)
  var isAhead = false
  for interest in interests {
    try isAhead = selection.add(selectable(interest.item), interest.events.forKernel) || isAhead
  }
  try selection.wait(hasReady: isAhead)
  return interests.compactMap { interest in
    let item = selectable(interest.item)
    // Of one that is there twice, each gets what it asked for, and what everybody is told.
    var events = PollEvents(selection.events(of: item.selectedDescriptor))
    events.formIntersection(interest.events.union([.hangUp, .error]))
    if interest.events.contains(.readable), item.hasReceivedAhead { events.insert(.readable) }
    return events.isEmpty ? nil : PollItem(interest.item, events)
  }
}
