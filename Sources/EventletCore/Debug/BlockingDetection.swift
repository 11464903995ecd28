internal import CEventletCore
internal import Synchronization

/// Watches all hubs of the process from an OS thread of its own, until it is stopped.
///
/// Made by ``Debug/blockingDetection(after:atMostEvery:report:)``.
public final class BlockingDetection: Sendable {
  private let limit: Nanoseconds
  private let leastDistance: Nanoseconds
  private let report: @Sendable (BlockingReport) -> Void
  private let isStopped = Atomic<Bool>(false)
  private let stopping = OSThreadSemaphore()

  init(
    limit: Duration, leastDistance: Duration, report: @escaping @Sendable (BlockingReport) -> Void
  ) {
    self.limit = limit.nanoseconds
    self.leastDistance = leastDistance.nanoseconds
    self.report = report
    startWatcher { self.run() }
  }

  /// Stops watching; at most the report being made now is still to come.
  ///
  /// May be called on any OS thread, and more than once.
  public func stop() {
    isStopped.store(true, ordering: .releasing)
    stopping.post()
  }

  /// What is known of one hub.
  private struct Observation {
    var switches: UInt64
    var turns: UInt64
    /// When the counters were first seen to stand there.
    var since: Nanoseconds
    /// How long it must have stood for the next report: twice as long each time.
    var nextReport: Nanoseconds
  }

  private struct Finding {
    let code: RunningCode?
    let duration: Nanoseconds
    let isRepeated: Bool
  }

  private func run() {
    // Four looks within the limit: what is reported has stood for that long, and
    // is found at most a quarter later.
    let step = max(1_000_000, limit / 4)
    var seen: [Int32: Observation] = [:]
    var lastLook = monotonicNow()
    var lastReport: Nanoseconds?
    var omitted = 0
    while !isStopped.load(ordering: .acquiring) {
      if stopping.wait(timeout: .nanoseconds(step)) { return }
      let now = monotonicNow()
      // The process was stopped, or the machine has no time for us: then it had
      // none for the hubs either, and nothing can be said of them.
      if now - lastLook > step + limit { seen = [:] }
      lastLook = now
      for finding in look(at: now, &seen) {
        if let lastReport, now - lastReport < leastDistance {
          omitted += 1
          continue
        }
        lastReport = now
        deliver(finding, omitted)
        omitted = 0
      }
    }
  }

  /// Finds the hubs that stand still and should not.
  private func look(at now: Nanoseconds, _ seen: inout [Int32: Observation]) -> [Finding] {
    var findings: [Finding] = []
    var current: [Int32: Observation] = [:]
    forEachHubThread { thread in
      let progress = ev_thread_progress(thread)
      guard progress.canBlockOthers else { return }
      let key = thread.pointee.identifier
      guard var observation = seen[key], observation.switches == progress.switches,
        observation.turns == progress.turns
      else {
        current[key] = Observation(
          switches: progress.switches, turns: progress.turns, since: now, nextReport: limit)
        return
      }
      let duration = now - observation.since
      if duration >= observation.nextReport {
        let code = RunningCode(of: thread)
        let after = ev_thread_progress(thread)
        // It went on meanwhile: whoever was looked at may be innocent.
        guard after.switches == progress.switches, after.turns == progress.turns,
          !after.is_polling
        else { return }
        findings.append(
          Finding(
            code: code, duration: duration, isRepeated: observation.nextReport > limit))
        observation.nextReport = 2 * duration
      }
      current[key] = observation
    }
    seen = current
    return findings
  }

  /// Without the registry's lock: looking up names takes its time, and `report` is the user's.
  private func deliver(_ finding: Finding, _ omitted: Int) {
    report(
      BlockingReport(
        label: finding.code?.label ?? "what the hub runs",
        duration: .nanoseconds(finding.duration), systemCall: finding.code?.systemCall,
        stack: finding.code?.frames ?? [], omittedReports: omitted,
        isRepeated: finding.isRepeated, tellsOfCall: finding.code?.tellsOfCall ?? false))
  }
}

extension ev_progress {
  /// Whether there may be somebody whom it holds up.
  ///
  /// An OS thread that once blocked greenly and now belongs to somebody else again, such as one of
  /// Swift's own pool, rests as long as it likes.
  fileprivate var canBlockOthers: Bool {
    !is_polling && (!is_on_original_stack || green_threads > 0 || is_process_main)
  }
}

extension Debug {
  /// Reports every green thread, and callback of a hub, that keeps its hub from switching for
  /// longer than `limit`.
  ///
  /// A blocking system call, a lock, a long computation: meanwhile no other green thread of that hub
  /// runs. An OS thread of its own watches all hubs of the process and says who it is and where it is,
  /// while it is there. It raises nothing. One that is blocked in a system call is not disturbed; one
  /// that computes is interrupted by SIGURG for some microseconds.
  ///
  /// One that stays blocked is reported again after twice the time. Waiting for descriptors and timers
  /// is not being blocked; nor is a hub blocked on which nothing but the original stack of its OS
  /// thread lives, unless that is the process's main thread.
  ///
  /// ```swift
  /// let detection = Debug.blockingDetection(after: .milliseconds(50)) { print($0) }
  /// defer { detection.stop() }
  /// ```
  /// - Parameters:
  ///   - limit: More than zero. Found at most a quarter later.
  ///   - interval: At most one report in this time; what is left out is counted.
  ///   - report: Called on the watching OS thread; nil prints to standard error.
  /// - Returns: What stops it. It goes on when this is dropped.
  ///
  /// In Python: `debug.hub_blocking_detection(True, resolution)`.
  @discardableResult
  public static func blockingDetection(
    after limit: Duration, atMostEvery interval: Duration = .seconds(1),
    report: (@Sendable (BlockingReport) -> Void)? = nil
  ) -> BlockingDetection {
    require(limit > .zero, "Debug.blockingDetection: the limit must be more than zero")
    return BlockingDetection(limit: limit, leastDistance: interval) {
      if let report { report($0) } else { writeToStandardError("eventlet: \($0)\n") }
    }
  }
}
