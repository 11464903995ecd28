internal import EventletCore

/// What ``GreenDescriptor/select(reading:writing:exceptional:timeout:)-([Item],_,_,_)`` found ready.
public struct SelectResult<Item> {
  /// Those to read from: a call would not wait, be it for data, a client, the end or an error.
  public let reading: [Item]
  /// Those to write to.
  public let writing: [Item]
  /// Those with urgent data, or that are broken.
  public let exceptional: [Item]

  /// Whether none is ready: the time passed first.
  public var isEmpty: Bool { reading.isEmpty && writing.isEmpty && exceptional.isEmpty }
}

extension GreenDescriptor {
  /// Waits until at least one of several descriptors is ready, and tells all that are.
  ///
  /// ```swift
  /// let ready = try GreenSocket.select(reading: [client, upstream], timeout: .seconds(30))
  /// for socket in ready.reading { try forward(socket) }
  /// ```
  ///
  /// Use it where one green thread is to look after many descriptors; otherwise a green thread for
  /// each is simpler. To wait for other things too, see
  /// ``/EventletCore/waitForFirst(of:)-(WaitCase<Result>...)``.
  /// - Parameters:
  ///   - reading: To be told of when they can be read from. A ``BufferedReader`` that holds bytes can.
  ///   - writing: To be told of when they can be written to.
  ///   - exceptional: To be told of when they have urgent data, or are broken.
  ///   - timeout: For the whole call; nil is for ever. Zero looks, lets ready work run once if nothing
  ///     is ready, and looks again.
  /// - Returns: all that are ready, in the order given; nothing when the time passed first.
  /// - Throws: ``/EventletCore/SystemError/badDescriptor`` for a closed one;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)`` for one that is closed meanwhile;
  ///   ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)`` for one that
  ///   another green thread waits for; ``/EventletCore/HubError/blockingCallInHub(_:)``; what a kill
  ///   or timeout throws, and nothing is lost then.
  ///
  /// In Python: `select.select`.
  public static func select<Item: Selectable>(
    reading: [Item] = [], writing: [Item] = [], exceptional: [Item] = [], timeout: Duration? = nil
  ) throws -> SelectResult<Item> {
    try selectAny(reading, writing, exceptional, timeout) { $0 }
  }

  /// As for descriptors of one type, for those of several.
  public static func select(
    reading: [any Selectable] = [], writing: [any Selectable] = [],
    exceptional: [any Selectable] = [], timeout: Duration? = nil
  ) throws -> SelectResult<any Selectable> {
    try selectAny(reading, writing, exceptional, timeout) { $0 }
  }
}

private func selectAny<Item>(
  _ reading: [Item], _ writing: [Item], _ exceptional: [Item], _ timeout: Duration?,
  _ selectable: (Item) -> any Selectable
) throws -> SelectResult<Item> {
  let selection = DescriptorSelection("select", timeout: timeout)
  var isAhead = false
  for item in reading.map(selectable) {
    try isAhead = selection.add(item, .readable) || isAhead
  }
  for item in writing.map(selectable) { _ = try selection.add(item, .writable) }
  for item in exceptional.map(selectable) { _ = try selection.add(item, .urgent) }
  try selection.wait(hasReady: isAhead)
  func ready(_ items: [Item], _ events: DescriptorSelection.Events) -> [Item] {
    items.filter {
      !selection.events(of: selectable($0).selectedDescriptor).isDisjoint(with: events)
    }
  }
  return SelectResult(
    reading: reading.filter {
      let item = selectable($0)
      return item.hasReceivedAhead
        || !selection.events(of: item.selectedDescriptor)
          .isDisjoint(with: [.readable, .hangUp, .error])
    }, writing: ready(writing, [.writable, .hangUp, .error]),
    exceptional: ready(exceptional, [.urgent, .hangUp, .error]))
}

extension DescriptorSelection {
  /// - Returns: whether it is ready to be read without a question to the kernel.
  func add(_ item: any Selectable, _ events: Events) throws -> Bool {
    let isAhead = events.contains(.readable) && item.hasReceivedAhead
    let descriptor = item.selectedDescriptor
    // A reader of something that has no descriptor.
    if isAhead, descriptor < 0 { return true }
    try add(descriptor, events)
    return isAhead
  }
}
