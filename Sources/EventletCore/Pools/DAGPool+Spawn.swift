extension DAGPool {
  /// Starts a function that makes the value of a key.
  ///
  /// Never switches. The function begins although what it needs is not there yet, and waits where it
  /// takes it. It may ``post(_:for:replacing:)`` the value of its own key before it ends; what it
  /// returns is dropped then.
  ///
  /// ```swift
  /// try dag.spawn("sum", dependingOn: ["x", "y"]) { _, needed in
  ///   try needed.collect().values.reduce(0, +)
  /// }
  /// ```
  /// - Parameters:
  ///   - key: Its key.
  ///   - dependencies: The keys whose values it needs; they may be spawned or posted later.
  ///   - file: Where it was spawned, for reports.
  ///   - line: Where it was spawned, for reports.
  ///   - body: The function. Gets its key, and the values that it needs as they come. An error that
  ///     leaves it becomes the ``PropagateError`` of the key.
  /// - Throws: ``DAGPoolError/collision(key:)`` if the key has a value or a function.
  ///
  /// In Python: `DAGPool.spawn`.
  public func spawn(
    _ key: Key, dependingOn dependencies: some Sequence<Key>, file: StaticString = #fileID,
    line: UInt = #line, _ body: @escaping (Key, DAGResults<Key, Value>) throws -> Value
  ) throws {
    try refuseCollision(of: key)
    start(key, Array(dependencies), file, line, body)
  }

  /// Starts a function that makes the value of a key and needs no other.
  ///
  /// As ``spawn(_:dependingOn:file:line:_:)`` in all else.
  /// - Parameters:
  ///   - key: Its key.
  ///   - file: Where it was spawned, for reports.
  ///   - line: Where it was spawned, for reports.
  ///   - body: The function. Gets its key.
  /// - Throws: ``DAGPoolError/collision(key:)`` if the key has a value or a function.
  public func spawn(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Key) throws -> Value
  ) throws {
    try refuseCollision(of: key)
    start(key, [], file, line) { key, _ in try body(key) }
  }

  /// Starts a function for each key of a graph.
  ///
  /// ```swift
  /// try dag.spawnMany(["left": ["top"], "right": ["top"], "bottom": ["left", "right"]]) {
  ///   key, needed in try make(key, from: needed.collect())
  /// }
  /// ```
  ///
  /// Never switches. All or none are spawned.
  /// - Parameters:
  ///   - graph: The keys, each with the keys whose values its function needs: a dictionary, or key-value
  ///     pairs where the order of the starts matters.
  ///   - file: Where they were spawned, for reports.
  ///   - line: Where they were spawned, for reports.
  ///   - body: The function, as for ``spawn(_:dependingOn:file:line:_:)``.
  /// - Throws: ``DAGPoolError/collision(key:)`` if a key has a value or a function, or comes twice.
  ///
  /// In Python: `DAGPool.spawn_many`.
  public func spawnMany<Graph: Sequence, Dependencies: Sequence<Key>>(
    _ graph: Graph, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Key, DAGResults<Key, Value>) throws -> Value
  ) throws where Graph.Element == (key: Key, value: Dependencies) {
    let nodes = graph.map { ($0.key, Array($0.value)) }
    var keys: Set<Key> = []
    for (key, _) in nodes {
      try refuseCollision(of: key)
      guard keys.insert(key).inserted else { throw DAGPoolError.collision(key: key) }
    }
    for (key, dependencies) in nodes { start(key, dependencies, file, line, body) }
  }

  private func refuseCollision(of key: Key) throws {
    if settled[key] != nil || jobs[key] != nil { throw DAGPoolError.collision(key: key) }
  }

  private func start(
    _ key: Key, _ dependencies: [Key], _ file: StaticString, _ line: UInt,
    _ body: @escaping (Key, DAGResults<Key, Value>) throws -> Value
  ) {
    let job = DAGJob(key: key, dependencies: dependencies, number: nextJobNumber(), pool: self)
    jobs[key] = job
    let needed = waitEach(for: dependencies)
    let thread = GreenThread<Value>.make("\(key)", nil, file, line) { try body(key, needed) }
    job.thread = thread
    Hub.begin(thread, observer: job)
  }

  /// Stops the function of a key and forgets it: the key may be spawned or posted again.
  ///
  /// The function gets ``GreenThreadExit`` where it waits, as with ``AnyGreenThread/kill()``. Those
  /// who wait for the key's value go on waiting.
  /// - Throws: ``DAGPoolError/unknownKey(_:)`` if no function runs for the key; the kill itself, when
  ///   the function kills its own key; what kills or times out the caller meanwhile.
  ///
  /// In Python: `DAGPool.kill`.
  public func kill(_ key: Key) throws {
    guard let job = jobs.removeValue(forKey: key) else { throw DAGPoolError.unknownKey(key) }
    try job.thread?.kill()
  }

  // MARK: Posting

  /// Gives a key a value.
  ///
  /// Never switches: those who wait for it resume later.
  /// - Parameters:
  ///   - value: The value.
  ///   - key: The key. One that has a running function can be posted by that function alone.
  ///   - replacing: Whether the value may take the place of another, which those who come later do not
  ///     see; false by default.
  /// - Throws: ``DAGPoolError/collision(key:)``.
  ///
  /// In Python: `DAGPool.post`.
  public func post(_ value: Value, for key: Key, replacing: Bool = false) throws {
    try post(.success(value), key, replacing)
  }

  /// Has a key fail: whoever takes its value gets a ``PropagateError`` with `error`.
  ///
  /// As ``post(_:for:replacing:)`` in all else.
  /// - Parameters:
  ///   - error: The error.
  ///   - key: The key.
  ///   - replacing: As for ``post(_:for:replacing:)``.
  /// - Throws: ``DAGPoolError/collision(key:)``.
  ///
  /// In Python: `DAGPool.post` of a `PropagateError`.
  public func post(throwing error: any Error, for key: Key, replacing: Bool = false) throws {
    try post(.failure(PropagateError(key: key, error: error)), key, replacing)
  }

  private func post(
    _ outcome: Result<Value, PropagateError>, _ key: Key, _ replacing: Bool
  ) throws {
    if let job = jobs[key], job !== runningJob { throw DAGPoolError.collision(key: key) }
    if settled[key] != nil, !replacing { throw DAGPoolError.collision(key: key) }
    settle(key, outcome)
  }
}
