/// Green threads of a pool whose results come out in the order of the spawns.
///
/// ```swift
/// let pile = GreenPile<Page>(size: 20)
/// for url in urls { try pile.spawn { try fetch(url) } }
/// while let page = try pile.next() { print(page.title) }
/// ```
///
/// Results that nobody takes are kept: a pile that is spawned on for ever and never read grows for
/// ever. Give it a `resultLimit` where the reader may be slower than the jobs.
///
/// Several piles may share a pool; each has its own results only. Not `Sendable`.
///
/// In Python: `eventlet.GreenPile`.
public final class GreenPile<Element> {
  @usableFromInline let results: JobResults
  @usableFromInline let room: Semaphore?
  /// Readers that wait, each for one of the results to come.
  private var claims = 0

  /// Creates a pile with a pool of its own.
  ///
  /// Traps when `size` is negative, and when `resultLimit` is less than 1.
  /// - Parameters:
  ///   - size: How many green threads may run at a time.
  ///   - resultLimit: The most jobs whose result nobody has taken, those included that run; a spawn
  ///     beyond waits until one is taken. nil is without limit. Spawn and read on different green
  ///     threads then.
  public convenience init(size: Int = 1000, resultLimit: Int? = nil) {
    self.init(pool: GreenPool(size: size), resultLimit: resultLimit)
  }

  /// Creates a pile that runs its green threads in a pool.
  ///
  /// Traps when `resultLimit` is less than 1.
  /// - Parameters:
  ///   - pool: Where they run.
  ///   - resultLimit: As for ``init(size:resultLimit:)``.
  public init(pool: GreenPool, resultLimit: Int? = nil) {
    results = JobResults(pool: pool.slots, isOrdered: true, keepsInterrupted: false)
    room = resultLimit.map {
      require($0 > 0, "GreenPile: a limit of \($0) results is less than 1")
      return Semaphore(value: $0)
    }
  }

  /// How many results are still to be taken, those included whose green thread still runs.
  public var count: Int { results.untakenCount }

  /// Starts a green thread, whose result is the next in the sequence; waits for room for the result,
  /// and for a slot of the pool.
  ///
  /// As ``GreenPool/spawn(name:stackSize:file:line:_:)`` in all else.
  /// - Parameters:
  ///   - name: For reports; empty by default.
  ///   - stackSize: Usable bytes of its stack; nil takes ``Hub/Configuration/stackSize``.
  ///   - file: Where it was spawned, for reports.
  ///   - line: Where it was spawned, for reports.
  ///   - body: Runs on the new green thread. An error it throws comes out of ``next()`` in its turn.
  /// - Returns: The handle. It need not be kept.
  /// - Throws: what a kill or timeout throws while it waits; then nothing was spawned, and the
  ///   sequence has no place for it.
  ///
  /// In Python: `GreenPile.spawn`.
  @inlinable
  @discardableResult
  public func spawn(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: consuming @escaping () throws -> Element
  ) throws -> GreenThread<Element> {
    try room?.acquire()
    do {
      let hasSlot = try results.pool.take()
      let job = GreenThread<Element>.make(name, stackSize, file, line, body)
      results.plan(job)
      try results.start(job, hasSlot: hasSlot)
      return job
    } catch {
      room?.release()
      throw error
    }
  }

  /// Waits for the next result, in the order of the spawns.
  ///
  /// The sequence ends when all results so far have been taken; more may be spawned afterwards. So
  /// one that reads while another spawns may see an end that is none.
  /// - Returns: The result; nil when there is none to come, or other readers wait for all that come.
  /// - Throws: the error of the job whose turn it is, after which the next result follows; what a
  ///   kill or timeout throws, and then no result is lost.
  ///
  /// In Python: iterating over a `GreenPile`.
  @inlinable
  public func next() throws -> Element? {
    guard let job = try nextJob() else { return nil }
    return try unsafeDowncast(job, to: GreenThread<Element>.self).outcome()
  }

  @usableFromInline
  func nextJob() throws -> AnyGreenThread? {
    guard results.untakenCount > claims else { return nil }
    claims += 1
    defer { claims -= 1 }
    guard case .job(let job) = try results.ready.get() else { return nil }
    results.untakenCount -= 1
    room?.release()
    return job
  }

  /// Calls `body` with each result that is still to be taken, in the order of the spawns.
  ///
  /// - Throws: as ``next()``; what `body` throws. What is left can be taken afterwards.
  @inlinable
  public func forEach(_ body: (Element) throws -> Void) throws {
    while let element = try next() { try body(element) }
  }

  /// Waits for all results that are still to be taken.
  ///
  /// - Returns: The results in the order of the spawns.
  /// - Throws: as ``next()``. Results taken before the error are lost; take them by ``next()`` where
  ///   that matters.
  ///
  /// In Python: `list(pile)`.
  @inlinable
  public func collect() throws -> [Element] {
    var elements: [Element] = []
    while let element = try next() { elements.append(element) }
    return elements
  }
}
