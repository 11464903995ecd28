extension Debug {
  /// Which descriptors this OS thread's hub watches, and for whom.
  ///
  /// The sections `READERS:` and `WRITERS:`, even when empty, then one line for each green thread that
  /// waits.
  /// - Parameter stacks: Add each one's calls: where it waits.
  /// - Returns: Several lines, without a line break at the end.
  ///
  /// In Python: `debug.format_hub_listeners()`, with `hub_listener_stacks(True)`.
  public static func formatHubListeners(stacks: Bool = false) -> String {
    let hub = Hub.current
    let infos = Dictionary(
      uniqueKeysWithValues: hub.snapshot(stacks: stacks).map { ($0.id, $0) })
    var lines: [String] = []
    for direction in [DescriptorRecord.Direction.reading, .writing] {
      lines.append(direction == .reading ? "READERS:" : "WRITERS:")
      for case let record? in hub.descriptors {
        for thread in record.waiters(for: direction) {
          guard let info = infos[thread.id] else { continue }
          let milliseconds = (info.waitingTime ?? .zero).nanoseconds / 1_000_000
          lines.append(
            "  descriptor \(record.descriptor): \(thread) since \(milliseconds) ms")
          if stacks { lines += info.stack().map { "      \($0)" } }
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What this OS thread's hub will do at which time.
  ///
  /// The section `TIMERS:`, then one line for each timer, the next first, in the hub's time.
  /// - Parameter stacks: Add where each call was scheduled, as far as
  ///   ``Hub/recordsTimerStacks`` had that recorded.
  /// - Returns: Several lines, without a line break at the end.
  ///
  /// In Python: `debug.format_hub_timers()`.
  public static func formatHubTimers(stacks: Bool = false) -> String {
    let hub = Hub.current
    var timers: [HubTimer] = []
    hub.timers.forEach { timers.append($0) }
    timers.sort { ($0.deadline, $0.sequence) < ($1.deadline, $1.sequence) }
    let now = hub.now
    var lines = ["TIMERS:"]
    for timer in timers {
      let milliseconds = (timer.deadline - now) / 1_000_000
      lines.append("  in \(milliseconds) ms: \(timer.purpose)")
      guard stacks, !timer.armedBy.isEmpty else { continue }
      let addresses = timer.armedBy.map { CodeAddress(address: $0, isReturnAddress: true) }
      let frames = StackFrame.withoutLibrary(Symbolizer.shared.frames(addresses))
      lines += frames.map { "      \($0)" }
    }
    return lines.joined(separator: "\n")
  }
}

extension HubTimer {
  fileprivate var purpose: String {
    switch action {
    case .wake(let thread): "the wait of \(thread.takeUnretainedValue()) ends"
    case .start(let thread): "\(thread.takeUnretainedValue()) starts"
    case .limit(let limit, let thread):
      "the limit of \(limit) of \(thread.takeUnretainedValue()) is over"
    case .call:
      if let owner {
        "a call for \(owner.node.pointee.thread.takeUnretainedValue())"
      } else {
        "a call"
      }
    case .none: "nothing"
    }
  }
}
