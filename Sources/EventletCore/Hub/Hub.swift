internal import CEventletCore

/// The event loop of one OS thread, and the scheduler of its green threads.
///
/// Made on first use; green threads never move to another OS thread, so between
/// them there are no data races and no locks. The OS thread's original stack is
/// a green thread like any other: a plain `main.swift` may block greenly.
///
/// ```swift
/// let hub = Hub.current
/// hub.schedule(after: .seconds(1)) { print("tick") }
/// print(hub.statistics)
/// ```
///
/// A green thread that parks switches straight to the next ready one. The hub's
/// own stack is entered only to fire timers, to take posted work and to ask the
/// kernel, at the latest when all that was ready at the last turn has run: who
/// only yields cannot starve I/O, and I/O cannot starve timers.
///
/// In Python: `hubs.get_hub()`.
public final class Hub {
  // The scheduler's state. Exclusivity checking is off: one OS thread, and no
  // access spans a switch.
  @exclusivity(unchecked) var readyHead: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) var readyTail: Unmanaged<AnyGreenThread>?
  /// How many of the ready ones run before the hub's own stack gets its turn.
  ///
  /// 0 while the hub's own stack runs.
  @exclusivity(unchecked) var batch = 0
  @exclusivity(unchecked) var batchesWithoutTurn = 0
  /// How many are ready behind those.
  @exclusivity(unchecked) var readyForNextBatch = 0
  /// True on the hub's own stack.
  @exclusivity(unchecked) var isInHub = false
  /// True where nothing may wait: on the hub's own stack, and on that of a green thread that is
  /// about to leave it for good.
  @exclusivity(unchecked) package internal(set) var mustNotWait = false
  /// True while a green thread runs in the middle of a hub callback.
  @exclusivity(unchecked) var isNested = false
  /// What runs now, or ran last before the hub's own stack was entered.
  ///
  /// nil only while the hub is being made.
  @exclusivity(unchecked) var running: Unmanaged<AnyGreenThread>?
  let thread: UnsafeMutablePointer<ev_thread>
  let hubContext: UnsafeMutablePointer<ev_context>
  @exclusivity(unchecked) var timers = TimerHeap()
  @exclusivity(unchecked) var timerSequence: UInt64 = 0
  @exclusivity(unchecked) var lastIdentifier: UInt64 = 0
  /// How many green threads wait for descriptors.
  @exclusivity(unchecked) var descriptorWaits = 0
  /// How many green threads wait for what other OS threads may do.
  @exclusivity(unchecked) var remoteWaits = 0
  /// How often something was asked for that other OS threads may do.
  @exclusivity(unchecked) var remoteCalls: UInt32 = 0
  /// Calls of `select` and `poll`, for fairness.
  @exclusivity(unchecked) var selections: UInt32 = 0
  /// The clock as of this turn, or a little earlier: for reports.
  @exclusivity(unchecked) var turnTime: Nanoseconds = 0
  /// What a wait threw last, for `postpone`.
  @exclusivity(unchecked) var lastThrown: (source: Interruption.Source?, depth: Int) = (nil, 0)
  @exclusivity(unchecked) var liveHead: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) var liveTail: Unmanaged<AnyGreenThread>?
  /// The most green threads since memory was last given back.
  @exclusivity(unchecked) var peakLiveCount = 0
  /// Ready green threads for which there was no stack.
  @exclusivity(unchecked) var unstartable: [AnyGreenThread] = []
  @exclusivity(unchecked) var counters = Counters()
  /// By descriptor number; holds its records.
  @exclusivity(unchecked) var descriptors: [DescriptorRecord?] = []
  @exclusivity(unchecked) var descriptorGeneration: UInt32 = 0

  /// What other modules keep with this hub, by its type; let go of when the hub is destroyed.
  @exclusivity(unchecked) package var residents: [ObjectIdentifier: AnyObject] = [:]

  /// See ``onSwitch``.
  @exclusivity(unchecked) var switchTrace: ((SwitchEvent) -> Void)?
  @exclusivity(unchecked) var isTracing = false
  /// Set from the end of a green thread to the switch away from its stack.
  @exclusivity(unchecked) var isTracingEnd = false

  struct Counters {
    var turns: UInt64 = 0
    var polls: UInt64 = 0
    var spawned: UInt64 = 0
  }

  /// How many green threads have not ended, main not counted; other OS threads may look.
  var liveCount: Int {
    get { thread.pointee.green_threads }
    set { ev_thread_set_green_threads(thread, newValue) }
  }

  var readyCount: Int { batch + readyForNextBatch }

  let configuration: Configuration
  let clock: (any HubClock)?
  var stackPools: [Int: OpaquePointer] = [:]
  let defaultStacks: OpaquePointer
  var poller: any Poller {
    didSet { pollerTracksWaits = poller.tracksWaits }
  }
  /// What ``poller`` says of itself, kept here because each wait asks for it.
  @exclusivity(unchecked) private(set) var pollerTracksWaits: Bool
  @exclusivity(unchecked) package internal(set) var mailbox: Mailbox
  /// Whether somebody outside may still post.
  @exclusivity(unchecked) weak var outsideReference: HubReference?
  var forkGeneration = ev_fork_generation()
  var mainQueue = MainQueue.untried
  /// Whether the main queue is this hub's to drain.
  @exclusivity(unchecked) var watchesMainQueue = false
  var hasSaidThatItMayBeStuck = false
  /// Where a job goes that is only to be caught, see ``carryTaskLocals(into:)``.
  @exclusivity(unchecked) var caughtJob: CaughtJob?
  private var mainThread: AnyGreenThread?

  /// Called with errors that nobody can catch.
  ///
  /// nil prints them to standard error.
  public var onUncaughtError: ((UncaughtError) -> Void)?

  /// Whether a second green thread that waits for the same direction of a descriptor gets an
  /// error, or uses that of a socket while the first is in the middle of a call.
  ///
  /// On by default: with it off, each gets or sends some of the data.
  ///
  /// In Python: `debug.hub_prevent_multiple_readers`.
  @exclusivity(unchecked) public var preventsMultipleReaders = true

  /// Whether scheduled calls remember who scheduled them, for
  /// ``Debug/formatHubTimers(stacks:)``.
  ///
  /// Off by default: it costs a microsecond each.
  ///
  /// In Python: `debug.hub_timer_stacks`.
  @exclusivity(unchecked) public var recordsTimerStacks = false

  // The mailbox may have been made before, so that there is something to post to.
  init(configuration: Configuration, mailbox ready: Mailbox? = nil) throws {
    self.configuration = configuration
    clock = configuration.clock
    // First what gives itself back when the rest cannot be made.
    mailbox = try ready ?? Mailbox()
    poller = try Self.makePoller(configuration.poller, mailbox: mailbox.eventDescriptor)
    pollerTracksWaits = poller.tracksWaits
    (defaultStacks, hubContext) = try Self.makeStacks(size: configuration.stackSize)
    thread = ev_thread_attach(configuration.isolatesExclusivity) { hub in
      // SAFETY: the record holds a retained hub until `destroy` takes it.
      Unmanaged<Hub>.fromOpaque(hub).takeUnretainedValue().destroyAtThreadExit()
    }
    Self.checkRuntime
    turnTime = now
    adoptCurrentStack()
    prepareHubStack()
    ev_overflow_reporting_install()
    takeOverMainActor()
    thread.pointee.hub = Unmanaged.passRetained(self).toOpaque()
    makeKnown()
  }

  /// - Returns: a pool, and the hub's own stack from it.
  private static func makeStacks(
    size: Int
  ) throws -> (OpaquePointer, UnsafeMutablePointer<ev_context>) {
    if let stacks = ev_stack_pool_create(size, false) {
      if let header = ev_stack_take(stacks) { return (stacks, header) }
      ev_stack_pool_destroy(stacks)
    }
    throw SystemError(call: "mmap", subject: "stacks of \(size) bytes")
  }

  /// Lets whoever looks at all hubs of the process find this one, and its present mailbox.
  ///
  /// Without a reference: that would make every hub reachable, and no deadlock one.
  func makeKnown() {
    ev_registry_add(
      thread, Unmanaged.passUnretained(mailbox).toOpaque(), mailbox.eventDescriptor)
  }

  /// Says so, once, when the Swift runtime is none that is known.
  private static let checkRuntime: Void = {
    guard ev_runtime_features() & UInt32(EV_HAS_CONCURRENCY_WORDS) == 0 else { return }
    writeToStandardError(
      "eventlet: this Swift runtime keeps task locals in a place that was not found; "
        + "green threads share them\n")
  }()

  /// The green thread that is this OS thread's original stack.
  public var main: AnyGreenThread { mainThread.unsafelyUnwrapped }

  private func adoptCurrentStack() {
    let main = AnyGreenThread(hub: self, entry: nil, file: "main", line: 0)
    main.name = "main"
    main.state = .running
    main.hasStarted = true
    let fiber = UnsafeMutablePointer<Fiber>.allocate(capacity: 1)
    fiber.initialize(to: Fiber(node: WaitNode(thread: main)))
    main.fiber = fiber
    fiber.context.pointee.identifier = main.id
    main.publishName()
    ev_context_adopt(thread, fiber.context)
    mainThread = main
    running = .passUnretained(main)
  }

  private func prepareHubStack() {
    hubContext.pointee.calls_originals = 1
    ev_context_prepare(
      hubContext, hubContext,
      { hub in
        // SAFETY: the hub outlives its stack, which `destroy` gives back.
        guard let hub else { return }
        Unmanaged<Hub>.fromOpaque(hub)._withUnsafeGuaranteedRef { $0.runLoop() }
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    ev_stack_pool_destroy(defaultStacks)
    for pool in stackPools.values { ev_stack_pool_destroy(pool) }
    main.fiber?.deinitialize(count: 1)
    main.fiber?.deallocate()
    main.fiber = nil
  }
}

extension Hub {
  /// This OS thread's hub, made now if there is none.
  @usableFromInline
  static func makeCurrent() -> Hub {
    do { return try Hub(configuration: Configuration()) } catch {
      // Without a hub no call can even report an error in an orderly way.
      fatalError("cannot make a hub: \(error)")
    }
  }

  /// This OS thread's hub.
  ///
  /// Made on first use.
  public static var current: Hub {
    ifPresent ?? makeCurrent()
  }

  /// Calls `body` with this OS thread's hub, without the reference counting that
  /// returning it would cost: the record of the OS thread retains it.
  @inline(__always)
  static func withCurrent<Result>(_ body: (Hub) throws -> Result) rethrows -> Result {
    guard let hub = ev_current_hub() else { return try body(makeCurrent()) }
    return try Unmanaged<Hub>.fromOpaque(hub)._withUnsafeGuaranteedRef { try body($0) }
  }

  /// This OS thread's hub if it has one already.
  package static var ifPresent: Hub? {
    guard let hub = ev_current_hub() else { return nil }
    // SAFETY: the record of the OS thread retains it.
    return Unmanaged<Hub>.fromOpaque(hub).takeUnretainedValue()
  }

  /// Replaces this OS thread's hub, as ``destroy()`` and a new one.
  ///
  /// Call it at the start of the program, from the main green thread: the old
  /// hub's green threads are killed and its timers never fire.
  /// - Throws: what keeps the new hub from being made, or ``HubError``.
  public static func use(_ configuration: Configuration) throws {
    try ifPresent?.destroy()
    _ = try Hub(configuration: configuration)
  }

  /// Replaces this OS thread's hub with one that uses `poller`.
  ///
  /// In Python: `hubs.use_hub`.
  public static func use(_ poller: PollerKind) throws {
    var configuration = Configuration()
    configuration.poller = poller
    try use(configuration)
  }

  /// How other OS threads reach this hub.
  public var reference: HubReference {
    rebuildIfForked()
    if let outsideReference { return outsideReference }
    let reference = HubReference(mailbox)
    outsideReference = reference
    return reference
  }
}
