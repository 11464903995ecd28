internal import CEventletCore
internal import Glibc

/// A green thread whatever its result; the base of ``GreenThread``.
///
/// Belongs to the hub of the OS thread that spawned it: not `Sendable`, and the
/// compiler refuses to hand one to another OS thread.
public class AnyGreenThread: CustomStringConvertible {
  @usableFromInline
  package enum State: UInt8 {
    /// Spawned with a delay that has not passed.
    case scheduled
    case ready
    case running
    case parked
    case succeeded
    case failed
  }

  /// What a parked green thread waits for, for listings and reports.
  @usableFromInline
  package enum WaitReason: UInt8 {
    case none, sleep, event, queueGet, queuePut, queueJoin, semaphore, greenThread, task, first
    case readable, writable, channel
    /// A ``WaitSubject``, which describes itself; an ``OutsideWait`` is one too.
    case subject, outside
    case poolSlot, poolMembers, poolItem
  }

  // Exclusivity checking is off for what the scheduler touches on every switch:
  // all of it is read and written by one OS thread in steps that never switch.

  @exclusivity(unchecked) @usableFromInline final package var state: State = .ready
  @exclusivity(unchecked) final var hasStarted = false
  /// Whether the next wait throws: one load on the way into it.
  @exclusivity(unchecked) final var isInterrupted = false
  /// Set while nothing but an error has woken this green thread: if the error is
  /// taken back, it goes on waiting.
  @exclusivity(unchecked) final var isAwakeForErrorOnly = false
  @exclusivity(unchecked) final var timedOut = false
  /// Whether somebody has seen the error, so that it need not be reported.
  @exclusivity(unchecked) @usableFromInline final var isErrorObserved = false
  @exclusivity(unchecked) @usableFromInline final var isValueInBox = false
  @exclusivity(unchecked) @usableFromInline final var hasValueToDestroy = false
  @exclusivity(unchecked) final var isDiscarding = false

  @exclusivity(unchecked) final var readyNext: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) final var readyPrevious: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) final var liveNext: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) final var livePrevious: Unmanaged<AnyGreenThread>?

  /// Outlived by a handle, perhaps, but never followed after the end.
  unowned(unsafe) final let hub: Hub
  /// Its stack, from its first switch to its end.
  @exclusivity(unchecked) final var fiber: UnsafeMutablePointer<Fiber>?
  @exclusivity(unchecked) final var joiners = WaitQueue()
  @exclusivity(unchecked) final var endObserver: Unmanaged<EndObserver>?
  @exclusivity(unchecked) private final var extrasStorage: Extras?

  /// What most green threads never need.
  ///
  /// Apart, because making and destroying every field is a measurable part of what a short life
  /// costs.
  final class Extras {
    var name = ""
    /// A copy for the handler of stack overflows, which must not allocate.
    var cName: UnsafeMutablePointer<CChar>?
    var startTimer: HubTimer?
    /// Usable bytes of its stack; 0 is the hub's default.
    var stackSize = 0
    var interruptions: [Interruption] = []
    /// How many shields are around what runs.
    var shieldDepth = 0
    /// The limit that its group's scope had when it was spawned.
    var inheritedDeadline = Nanoseconds.never
    var links: [GreenThreadLink] = []
    var locals: [UInt64: AnyObject] = [:]
    /// What carries the spawner's task locals.
    var job: CaughtJob?
    /// Bodies that run here in place of green threads of their own, the innermost last.
    var inlineRuns: [InlineRun] = []

    deinit { free(cName) }
  }

  final var hasExtras: Bool { extrasStorage != nil }

  final var extras: Extras {
    if let extrasStorage { return extrasStorage }
    let fresh = Extras()
    extrasStorage = fresh
    return fresh
  }

  final var startTimer: HubTimer? {
    get { extrasStorage?.startTimer }
    set { extras.startTimer = newValue }
  }
  final var interruptions: [Interruption] {
    get { extrasStorage?.interruptions ?? [] }
    set { extras.interruptions = newValue }
  }
  final var shieldDepth: Int { extrasStorage?.shieldDepth ?? 0 }
  final var links: [GreenThreadLink] {
    get { extrasStorage?.links ?? [] }
    set { extras.links = newValue }
  }
  final var locals: [UInt64: AnyObject] {
    get { extrasStorage?.locals ?? [:] }
    set { extras.locals = newValue }
  }

  /// The result, if it fits; otherwise word 0 points to it.
  @exclusivity(unchecked) @usableFromInline final var slot: (UInt, UInt, UInt) = (0, 0, 0)
  @exclusivity(unchecked) @usableFromInline final var error: (any Error)?
  /// Runs the body and stores its result.
  ///
  /// A closure without context, made where the result's type is known: a method of the generic
  /// subclass would look its metadata up on every call.
  private final let entry: ((AnyGreenThread) -> Void)?

  /// A number unique among the green threads of its hub, in spawning order.
  ///
  /// In Python: `corolocal.get_ident`.
  public final let id: UInt64
  /// The file that spawned this green thread, as `#fileID` gives it.
  public final let spawnFile: StaticString
  /// The line that spawned this green thread.
  public final let spawnLine: UInt

  /// A name for reports, empty by default.
  public final var name: String {
    get { extrasStorage?.name ?? "" }
    set {
      extras.name = newValue
      publishName()
    }
  }

  /// On this OS thread's hub.
  @usableFromInline
  init(entry: ((AnyGreenThread) -> Void)?, file: StaticString, line: UInt) {
    let hub = Hub.withCurrent { hub in
      hub.lastIdentifier &+= 1
      return Unmanaged.passUnretained(hub)
    }
    self.hub = hub.takeUnretainedValue()
    id = hub._withUnsafeGuaranteedRef { $0.lastIdentifier }
    self.entry = entry
    spawnFile = file
    spawnLine = line
  }

  init(
    hub: Hub, entry: ((AnyGreenThread) -> Void)?, file: StaticString, line: UInt
  ) {
    self.hub = hub
    self.entry = entry
    spawnFile = file
    spawnLine = line
    hub.lastIdentifier &+= 1
    id = hub.lastIdentifier
  }

  deinit {
    if state == .failed, !isErrorObserved { reportUnobservedError() }
    if hasValueToDestroy { destroyValue() }
  }

  /// Nobody can ever wait for it now, so this is the last chance to say so.
  @inline(never)
  private final func reportUnobservedError() {
    guard let error, !(error is GreenThreadExit) else { return }
    UncaughtError.report(error, of: self)
  }

  /// On its own stack.
  final func runBody() {
    if isInterrupted, let first = interruptions.first {
      error = first.error
      releaseBody()
    } else if hasExtras, let job = extras.job {
      extras.job = nil
      job.run(on: hub)
    } else {
      runEntry()
    }
  }

  final func runEntry() { entry?(self) }

  /// Overridden where the result's type is known.
  @usableFromInline func destroyValue() {}
  /// Releases what the body captured without running it.
  @usableFromInline func releaseBody() {}

  /// Whether it has ended, by return, error or kill.
  ///
  /// In Python: `dead`.
  public final var isFinished: Bool { state == .succeeded || state == .failed }
  /// Whether it has started and not ended: the truth value in Python.
  public final var isRunning: Bool { hasStarted && !isFinished }

  /// The name or number, and where it was spawned.
  public final var description: String {
    let label = name.isEmpty ? "" : " '\(name)'"
    return "green thread \(id)\(label) (\(spawnFile):\(spawnLine))"
  }

  final func publishName() {
    let old = extras.cName
    extras.cName = name.isEmpty ? nil : strdup(name)
    fiber?.pointee.context.name = extras.cName.map { UnsafePointer($0) }
    free(old)
  }
}
