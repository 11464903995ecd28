extension DAGPool {
  /// The value of a key; waits for it.
  ///
  /// - Throws: ``PropagateError`` if the key's function failed; what a kill or timeout throws;
  ///   ``HubError/selfWait(_:)`` in the function of the key itself.
  ///
  /// In Python: `pool[key]`.
  public func value(for key: Key) throws -> Value {
    if let value = try take(key) { return value }
    let results = waitEach(for: CollectionOfOne(key))
    // Never nil: one key was asked for.
    return try results.next().unsafelyUnwrapped.value
  }

  /// The value of a key if it has one; nil otherwise.
  ///
  /// Never switches.
  /// - Throws: ``PropagateError`` if the key's function failed.
  ///
  /// In Python: `DAGPool.get(key)`.
  public subscript(key: Key) -> Value? {
    get throws { try take(key) }
  }

  /// The value of a key if it has one; `fallback` otherwise.
  ///
  /// Never switches.
  /// - Throws: ``PropagateError`` if the key's function failed.
  ///
  /// In Python: `DAGPool.get(key, default)`.
  public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get throws { try take(key) ?? fallback() }
  }

  /// Waits until all of some keys have values.
  ///
  /// - Returns: The values by key.
  /// - Throws: ``PropagateError`` as soon as the function of one of them has failed, of several
  ///   whichever came first; what a kill or timeout throws; ``HubError/selfWait(_:)`` in a function
  ///   whose own key is among them.
  ///
  /// In Python: `DAGPool.wait(keys)`.
  @discardableResult
  public func wait(for keys: some Sequence<Key>) throws -> [Key: Value] {
    try waitEach(for: keys).collect()
  }

  /// Waits until all keys that are known now have values.
  ///
  /// As ``wait(for:)`` in all else.
  /// - Returns: The values by key.
  /// - Throws: as ``wait(for:)``.
  ///
  /// In Python: `DAGPool.waitall`, `DAGPool.wait`.
  @discardableResult
  public func waitAll() throws -> [Key: Value] { try wait(for: knownKeys) }

  // MARK: One by one

  /// The values of some keys, as they come.
  ///
  /// Returns at once; ``DAGResults/next()`` waits, and throws a ``PropagateError`` in place of each
  /// value whose function failed.
  ///
  /// In Python: `DAGPool.wait_each(keys)`.
  public func waitEach(for keys: some Sequence<Key>) -> DAGResults<Key, Value> {
    results(for: keys) { pool, key in try pool.take(key) }
  }

  /// The values of all keys that are known now, as they come.
  ///
  /// In Python: `DAGPool.wait_each()`.
  public func waitEach() -> DAGResults<Key, Value> { waitEach(for: knownKeys) }

  /// The values of those of some keys whose functions do not fail, as they come.
  ///
  /// Ends when all are settled.
  ///
  /// In Python: `DAGPool.wait_each_success(keys)`.
  public func waitEachSuccess(for keys: some Sequence<Key>) -> DAGResults<Key, Value> {
    results(for: keys) { pool, key in try? pool.settled[key]?.outcome.get() }
  }

  /// The values of those of all known keys whose functions do not fail, as they come.
  ///
  /// In Python: `DAGPool.wait_each_success()`.
  public func waitEachSuccess() -> DAGResults<Key, Value> { waitEachSuccess(for: knownKeys) }

  /// The failures of those of some keys whose functions fail, as they come.
  ///
  /// Ends when all are settled.
  ///
  /// In Python: `DAGPool.wait_each_exception(keys)`.
  public func waitEachError(for keys: some Sequence<Key>) -> DAGResults<Key, PropagateError> {
    results(for: keys) { pool, key in
      guard case .failure(let failure) = pool.settled[key]?.outcome else { return nil }
      pool.settled[key]?.isObserved = true
      return failure
    }
  }

  /// The failures of those of all known keys whose functions fail, as they come.
  ///
  /// In Python: `DAGPool.wait_each_exception()`.
  public func waitEachError() -> DAGResults<Key, PropagateError> { waitEachError(for: knownKeys) }

  /// `select` returns nil for what is to be left out.
  private func results<Element>(
    for keys: some Sequence<Key>, select: @escaping (DAGPool, Key) throws -> Element?
  ) -> DAGResults<Key, Element> {
    let watch = watch(keys)
    return DAGResults(
      taking: { [self] in
        while let key = try next(of: watch) {
          if let element = try select(self, key) { return (key, element) }
        }
        return nil
      }, leaving: { [self] in drop(watch) })
  }

  private func next(of watch: DAGWatch<Key>) throws -> Key? {
    if watch.mustWait, let job = runningJob, watch.missing == [job.key] {
      throw HubError.selfWait("\(GreenThread.current), for the value it makes itself,")
    }
    return try watch.next()
  }
}
