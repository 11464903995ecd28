extension DAGPool {
  /// The keys that have values or failed, in the order in which they came to it.
  ///
  /// In Python: `DAGPool.keys`.
  public var keys: [Key] {
    settled.sorted { $0.value.number < $1.value.number }.map(\.key)
  }

  /// The keys that have values, with the values, in the order in which they came to it.
  ///
  /// - Throws: ``PropagateError`` if any function has failed.
  ///
  /// In Python: `DAGPool.items`.
  public func items() throws -> [(key: Key, value: Value)] {
    try keys.compactMap { key in try take(key).map { (key, $0) } }
  }

  /// How many functions have not ended, those included that wait for what they need.
  ///
  /// In Python: `DAGPool.running`.
  public var runningCount: Int { jobs.count }

  /// The keys whose functions have not ended, in the order of the spawns.
  ///
  /// In Python: `DAGPool.running_keys`.
  public var runningKeys: [Key] {
    jobs.values.sorted { $0.number < $1.number }.map(\.key)
  }

  /// How many functions need a value that is not there.
  ///
  /// In Python: `DAGPool.waiting`.
  public var waitingCount: Int { jobs.values.count { !$0.missing.isEmpty } }

  /// The keys whose functions need a value that is not there, each with the keys that it misses.
  ///
  /// As of now: a function that has all it needs may not have resumed yet.
  ///
  /// In Python: `DAGPool.waiting_for()`.
  public var waitingKeys: [Key: Set<Key>] {
    jobs.mapValues(\.missing).filter { !$0.value.isEmpty }
  }

  /// The keys that the function of a key needs and that have no values yet.
  ///
  /// Empty when the function has ended, or the key has a value.
  /// - Throws: ``DAGPoolError/unknownKey(_:)`` if the key has neither a function nor a value.
  ///
  /// In Python: `DAGPool.waiting_for(key)`.
  public func waiting(for key: Key) throws -> Set<Key> {
    if settled[key] != nil { return [] }
    guard let job = jobs[key] else { throw DAGPoolError.unknownKey(key) }
    return job.missing
  }

  /// Settled or with a function.
  var knownKeys: [Key] { keys + runningKeys.filter { settled[$0] == nil } }
}
