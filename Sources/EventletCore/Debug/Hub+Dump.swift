internal import CEventletCore

extension Hub {
  /// Who waits for what since when, spawned where, and each one's calls with file and line.
  ///
  /// ``report()`` is the short form. Green threads with the same calls share one list of them.
  /// Never switches; names and lines are looked up on an OS thread of its own, which takes
  /// milliseconds.
  ///
  /// ```swift
  /// print(Hub.current.dump())
  /// ```
  /// - Parameter hidingLibraryFrames: Leave out how the library waits and how it
  ///   starts a body.
  /// - Returns: Several lines, without a line break at the end.
  public func dump(hidingLibraryFrames: Bool = true) -> String {
    HubDump(self).text(hidingLibraryFrames: hidingLibraryFrames)
  }
}

/// All that a dump says, before names are looked up.
struct HubDump: Sendable {
  private let threads: [GreenThreadInfo]
  private let summary: String
  /// How many green threads with the same calls are named, one by one.
  private static let mostNamed = 100

  init(_ hub: Hub) {
    threads = hub.snapshot(stacks: true)
    summary = hub.summary
  }

  private struct Group: Hashable {
    let spawnFile: String
    let spawnLine: UInt
    let state: GreenThreadInfo.State
    let calls: [String]
  }

  func text(hidingLibraryFrames: Bool) -> String {
    Symbolizer.shared.prepare(threads.lazy.flatMap(\.codeAddresses))
    // The addresses may differ where the calls do not: a switch has several ways.
    var texts: [[UInt]: [String]] = [:]
    var order: [Group] = []
    var groups: [Group: [GreenThreadInfo]] = [:]
    for thread in threads {
      let calls =
        texts[thread.stackAddresses]
        ?? thread.stack(hidingLibraryFrames: hidingLibraryFrames).map(\.description)
      texts[thread.stackAddresses] = calls
      let group = Group(
        spawnFile: thread.spawnFile, spawnLine: thread.spawnLine, state: thread.state,
        calls: calls)
      if groups[group] == nil { order.append(group) }
      groups[group, default: []].append(thread)
    }
    var lines: [String] = []
    for group in order {
      let members = groups[group] ?? []
      lines += members.prefix(Self.mostNamed).map { "  \($0)" }
      if members.count > Self.mostNamed {
        lines.append("  and \(members.count - Self.mostNamed) more that were spawned there")
      }
      lines += group.calls.map { "      \($0)" }
    }
    lines.append("  " + summary)
    return lines.joined(separator: "\n")
  }
}
