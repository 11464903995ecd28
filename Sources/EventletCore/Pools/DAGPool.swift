/// Runs functions that need each other's results, each as soon as it can go on.
///
/// Every function has a key, and names the keys whose values it needs: together they are a directed
/// graph without circles.
///
/// ```swift
/// let dag = DAGPool<String, Int>(preload: ["a": 1])
/// try dag.spawn("b", dependingOn: ["a"]) { _, needed in
///   try needed.collect().values.reduce(10, +)
/// }
/// try dag.spawn("c", dependingOn: ["a", "b"]) { _, needed in
///   try needed.collect().values.reduce(100, +)
/// }
/// print(try dag.value(for: "c"))   // 112
/// ```
///
/// Functions run in green threads of their own, as many as there are, and begin at once; each waits
/// only where it takes from what it needs a value that is not there yet. If a function fails, the
/// value of its key is a ``PropagateError``, thrown to whoever takes it.
///
/// A failure that nobody has met is reported to ``Hub/onUncaughtError`` when the pool goes. Not
/// `Sendable`.
///
/// In Python: `eventlet.dagpool.DAGPool`.
public final class DAGPool<Key: Hashable & Sendable, Value> {
  struct Settled {
    let outcome: Result<Value, PropagateError>
    /// In the order in which they came.
    let number: Int
    /// Whether somebody has got the failure, so that it need not be reported.
    var isObserved = false
  }

  var settled: [Key: Settled] = [:]
  private var lastNumber = 0
  private var lastJobNumber = 0
  /// Functions that have not ended.
  var jobs: [Key: DAGJob<Key, Value>] = [:]
  /// Who waits for a key that has no value, in the order in which they came.
  private var watches: [Key: [DAGWatch<Key>]] = [:]

  /// Creates a pool.
  /// - Parameter preload: Values that are there from the start; none by default.
  public init(preload: [Key: Value] = [:]) {
    for (key, value) in preload { settle(key, .success(value)) }
  }

  /// Creates a pool.
  /// - Parameter preload: Values that are there from the start; of several for one key, the last.
  public init(preload: some Sequence<(Key, Value)>) {
    for (key, value) in preload { settle(key, .success(value)) }
  }

  deinit {
    for case (_, let value) in settled where !value.isObserved {
      guard case .failure(let failure) = value.outcome, !(failure.error is GreenThreadExit) else {
        continue
      }
      UncaughtError.report(failure, origin: "a DAGPool")
    }
  }

  // MARK: Values

  /// Stores what became of a key, and hands it to those who wait for it.
  func settle(_ key: Key, _ outcome: Result<Value, PropagateError>) {
    lastNumber += 1
    settled[key] = Settled(outcome: outcome, number: lastNumber)
    for watch in watches.removeValue(forKey: key) ?? [] { watch.arrived(key) }
  }

  /// The value of a key that is settled.
  func take(_ key: Key) throws -> Value? {
    guard let value = settled[key] else { return nil }
    if case .failure = value.outcome { settled[key]?.isObserved = true }
    return try value.outcome.get()
  }

  /// Watches for the values of `keys`, in the order in which they come; those that are there already
  /// come first, in the order of `keys`.
  func watch(_ keys: some Sequence<Key>) -> DAGWatch<Key> {
    let watch = DAGWatch<Key>()
    var known: Set<Key> = []
    for key in keys where known.insert(key).inserted {
      if settled[key] != nil {
        watch.add(key, isThere: true)
      } else {
        watch.add(key, isThere: false)
        watches[key, default: []].append(watch)
      }
    }
    return watch
  }

  func drop(_ watch: DAGWatch<Key>) {
    for key in watch.missing {
      watches[key]?.removeAll { $0 === watch }
      if watches[key]?.isEmpty == true { watches[key] = nil }
    }
  }

  /// The job whose green thread runs, if it is of this pool.
  var runningJob: DAGJob<Key, Value>? {
    let hub = Hub.current
    guard !hub.isInHub, let running = hub.running?.takeUnretainedValue(),
      let job = running.observer as? DAGJob<Key, Value>, job.pool === self
    else { return nil }
    return job
  }

  func nextJobNumber() -> Int {
    lastJobNumber += 1
    return lastJobNumber
  }

  // MARK: Ends

  func jobEnded(_ job: DAGJob<Key, Value>, _ thread: AnyGreenThread) {
    // It was killed, and its key may be another's by now.
    guard jobs[job.key] === job else { return }
    jobs[job.key] = nil
    // It has posted its value itself.
    if settled[job.key] != nil { return }
    if thread.state == .succeeded {
      let value = unsafeDowncast(thread, to: GreenThread<Value>.self).load()
      settle(job.key, .success(value))
    } else {
      thread.isErrorObserved = true
      settle(
        job.key,
        .failure(PropagateError(key: job.key, error: thread.error ?? GreenThreadExit())))
    }
  }
}

/// A function of a ``DAGPool`` that has not ended.
final class DAGJob<Key: Hashable & Sendable, Value>: EndObserver {
  let key: Key
  let dependencies: [Key]
  let number: Int
  /// Kept alive: the value has to be stored though nobody may look at it.
  let pool: DAGPool<Key, Value>
  /// nil only until it is made.
  var thread: GreenThread<Value>?

  init(key: Key, dependencies: [Key], number: Int, pool: DAGPool<Key, Value>) {
    self.key = key
    self.dependencies = dependencies
    self.number = number
    self.pool = pool
  }

  var missing: Set<Key> { Set(dependencies.filter { pool.settled[$0] == nil }) }

  override func greenThreadEnded(_ thread: AnyGreenThread) { pool.jobEnded(self, thread) }
}
