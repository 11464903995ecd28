// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

@available(*, unavailable, message: "catch DAGPoolError.collision")
public typealias Collision = DAGPoolError

extension DAGPool {
  @available(*, unavailable, renamed: "init(preload:)")
  public convenience init(_ preload: [Key: Value]) { fatalError() }

  @available(*, unavailable, renamed: "spawn(_:dependingOn:_:)")
  public func spawn(
    _ key: Key, _ dependencies: [Key],
    _ body: @escaping (Key, DAGResults<Key, Value>) throws -> Value
  ) throws { fatalError() }

  @available(*, unavailable, renamed: "spawnMany(_:_:)")
  public func spawn_many(
    _ graph: [Key: [Key]], _ body: @escaping (Key, DAGResults<Key, Value>) throws -> Value
  ) throws { fatalError() }

  @available(*, unavailable, message: "write post(value, for: key)")
  public func post(_ key: Key, _ value: Value) throws { fatalError() }

  @available(*, unavailable, message: "write post(value, for: key, replacing: true)")
  public func post(_ key: Key, _ value: Value, replace: Bool) throws { fatalError() }

  @available(*, unavailable, renamed: "waitAll()")
  public func waitall() throws -> [Key: Value] { fatalError() }

  @available(*, unavailable, renamed: "waitAll()")
  public func wait() throws -> [Key: Value] { fatalError() }

  @available(*, unavailable, renamed: "wait(for:)")
  public func wait(_ keys: some Sequence<Key>) throws -> [Key: Value] { fatalError() }

  @available(*, unavailable, renamed: "waitEach()")
  public func wait_each() -> DAGResults<Key, Value> { fatalError() }

  @available(*, unavailable, renamed: "waitEach(for:)")
  public func wait_each(_ keys: some Sequence<Key>) -> DAGResults<Key, Value> { fatalError() }

  @available(*, unavailable, renamed: "waitEachSuccess()")
  public func wait_each_success() -> DAGResults<Key, Value> { fatalError() }

  @available(*, unavailable, renamed: "waitEachSuccess(for:)")
  public func wait_each_success(_ keys: some Sequence<Key>) -> DAGResults<Key, Value> {
    fatalError()
  }

  @available(*, unavailable, renamed: "waitEachError()")
  public func wait_each_exception() -> DAGResults<Key, PropagateError> { fatalError() }

  @available(*, unavailable, renamed: "waitEachError(for:)")
  public func wait_each_exception(_ keys: some Sequence<Key>) -> DAGResults<Key, PropagateError> {
    fatalError()
  }

  @available(*, unavailable, message: "write pool[key]")
  public func get(_ key: Key) throws -> Value? { fatalError() }

  @available(*, unavailable, message: "write pool[key, default: value]")
  public func get(_ key: Key, _ value: Value) throws -> Value { fatalError() }

  @available(*, unavailable, renamed: "getter:runningCount()")
  public func running() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:runningKeys()")
  public func running_keys() -> [Key] { fatalError() }

  @available(*, unavailable, renamed: "getter:waitingCount()")
  public func waiting() -> Int { fatalError() }

  @available(*, unavailable, renamed: "waiting(for:)")
  public func waiting_for(_ key: Key) throws -> Set<Key> { fatalError() }

  @available(*, unavailable, renamed: "getter:waitingKeys()")
  public func waiting_for() -> [Key: Set<Key>] { fatalError() }
}
