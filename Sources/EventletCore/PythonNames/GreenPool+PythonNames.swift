// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

extension GreenPool {
  @available(*, unavailable, renamed: "init(size:)")
  public convenience init(_ size: Int) { fatalError() }

  @available(*, unavailable, renamed: "spawnDiscarding(_:)")
  @discardableResult
  public func spawn_n<each Argument, Result>(
    _ body: @escaping (repeat each Argument) throws -> Result, _ arguments: repeat each Argument
  ) throws -> AnyGreenThread { fatalError() }

  @available(*, unavailable, message: "write spawn { function(argument) }")
  @discardableResult
  public func spawn<Argument, each Rest, Result>(
    _ body: @escaping (Argument, repeat each Rest) throws -> Result, _ argument: Argument,
    _ rest: repeat each Rest
  ) throws -> GreenThread<Result> { fatalError() }

  @available(*, unavailable, renamed: "waitAll()")
  public func waitall() throws -> Bool { fatalError() }

  @available(*, unavailable, renamed: "resize(to:)")
  public func resize(_ size: Int) { fatalError() }

  @available(*, unavailable, renamed: "getter:runningCount()")
  public func running() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:freeCount()")
  public func free() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:waitingCount()")
  public func waiting() -> Int { fatalError() }

  @available(*, unavailable, message: "the inputs come first: imap(inputs, applying: function)")
  public func imap<First: Sequence, each Rest: Sequence, Result>(
    _ body: @escaping (First.Element, repeat (each Rest).Element) throws -> Result, _ first: First,
    _ rest: repeat each Rest
  ) -> GreenMap<Result> { fatalError() }

  @available(*, unavailable, message: "the input comes first: starmap(tuples, applying: function)")
  public func starmap<Tuples: Sequence, each Argument, Result>(
    _ body: @escaping (repeat each Argument) throws -> Result, _ tuples: Tuples
  ) -> GreenMap<Result> where Tuples.Element == (repeat each Argument) { fatalError() }
}

extension GreenPile {
  @available(*, unavailable, renamed: "init(size:)")
  public convenience init(_ size: Int) { fatalError() }

  @available(*, unavailable, renamed: "init(pool:)")
  public convenience init(_ pool: GreenPool) { fatalError() }
}
