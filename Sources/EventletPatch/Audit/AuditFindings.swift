internal import CEventletPatch
internal import EventletCore
internal import Synchronization

/// What an audit has found until now.
///
/// Told by the OS threads of hubs and by the one that watches them.
final class AuditFindings: Sendable {
  /// Calls of the same kind at the same place are counted together.
  private enum Place: Hashable {
    /// As a patched function tells it.
    case told([UInt])
    /// As it was seen from outside.
    case seen([StackFrame])
  }

  private struct Key: Hashable {
    let call: String
    let reason: BlockingCall.Reason
    let place: Place
  }

  private struct Sum {
    var count = 0
    var total: Nanoseconds = 0
    var longest: Nanoseconds = 0
    /// Of the call being made, which is reported again as it lasts.
    var latest: Nanoseconds = 0

    mutating func add(_ length: Nanoseconds, isRepeated: Bool = false) {
      if isRepeated { total -= latest } else { count += 1 }
      total += length
      longest = max(longest, length)
      latest = length
    }
  }

  private let sums = Mutex<[Key: Sum]>([:])

  /// By the function itself, at the end of its call.
  func add(
    _ call: String, _ reason: BlockingCall.Reason, _ length: Nanoseconds, addresses: [UInt]
  ) {
    let key = Key(call: call, reason: reason, place: .told(addresses))
    sums.withLock { $0[key, default: Sum()].add(length) }
  }

  /// By who watches the hubs, while the call is being made.
  func add(_ report: BlockingReport) {
    // One that computes makes no call; of some calls there is an exact account.
    guard let number = report.systemCall, !report.tellsOfCall else { return }
    let name = ev_patch_name_of_system_call(number).map { String(cString: $0) }
    let subjects = MonkeyPatch.Subjects(rawValue: ev_patch_subjects_of_system_call(number))
    let isInstalled = MonkeyPatch.isInstalled(subjects)
    let key = Key(
      call: name ?? "system call \(number)",
      reason: isInstalled ? .notSeen : .notInstalled(subjects), place: .seen(report.stack))
    let length = report.duration.nanoseconds
    sums.withLock { $0[key, default: Sum()].add(length, isRepeated: report.isRepeated) }
  }

  /// Those that took most time first.
  var calls: [BlockingCall] {
    let found = sums.withLock { Array($0) }.sorted { $0.value.total > $1.value.total }
    return found.map { key, sum in
      BlockingCall(
        call: key.call, reason: key.reason, count: sum.count, total: .nanoseconds(sum.total),
        longest: .nanoseconds(sum.longest), stack: Self.stack(key))
    }
  }

  private static func stack(_ key: Key) -> [StackFrame] {
    switch key.place {
    case .seen(let stack): return stack
    case .told(let addresses):
      let stack = StackFrame.returning(to: addresses)
      // What is inside the patched function says nothing to who called it. It has other names, which
      // the loader may prefer.
      let own = stack.prefix(8).lastIndex { $0.function.drop { $0 == "_" } == key.call } ?? 0
      return Array(stack[own...])
    }
  }
}
