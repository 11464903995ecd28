// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// swift-format-ignore-file: TypeNamesShouldBeCapitalized

@available(*, unavailable, renamed: "AnyGreenThread")
public typealias greenlet = AnyGreenThread

@available(*, unavailable, renamed: "GreenThreadExit")
public typealias GreenletExit = GreenThreadExit

@available(*, unavailable, renamed: "getter:GreenThread.current()")
public func getcurrent() -> AnyGreenThread { fatalError() }

@available(*, unavailable, renamed: "GreenThread.spawnDiscarding(_:)")
@discardableResult
public func spawn_n<each Argument, Result>(
  _ body: @escaping (repeat each Argument) throws -> Result, _ arguments: repeat each Argument
) -> AnyGreenThread { fatalError() }

@available(*, unavailable, renamed: "spawn(after:_:)")
@discardableResult
public func spawn_after<each Argument, Result>(
  _ seconds: Double, _ body: @escaping (repeat each Argument) throws -> Result,
  _ arguments: repeat each Argument
) -> GreenThread<Result> { fatalError() }

@available(*, unavailable, renamed: "spawn(after:_:)")
@discardableResult
public func spawn_after<each Argument, Result>(
  _ delay: Duration, _ body: @escaping (repeat each Argument) throws -> Result,
  _ arguments: repeat each Argument
) -> GreenThread<Result> { fatalError() }

@available(*, unavailable, renamed: "GreenThread.spawnLocal(after:_:)")
@discardableResult
public func spawn_after_local<each Argument, Result>(
  _ seconds: Double, _ body: @escaping (repeat each Argument) throws -> Result,
  _ arguments: repeat each Argument
) -> GreenThread<Result> { fatalError() }

@available(*, unavailable, renamed: "GreenThread.spawnLocal(after:_:)")
@discardableResult
public func spawn_after_local<each Argument, Result>(
  _ delay: Duration, _ body: @escaping (repeat each Argument) throws -> Result,
  _ arguments: repeat each Argument
) -> GreenThread<Result> { fatalError() }

extension AnyGreenThread {
  @available(*, unavailable, renamed: "isFinished")
  public var dead: Bool { fatalError() }

  @available(*, unavailable, renamed: "kill(throwing:)")
  public func kill(_ error: any Error) throws { fatalError() }

  @available(*, unavailable, renamed: "cancel(throwing:)")
  public func cancel(_ error: any Error) { fatalError() }
}

extension GreenThread where Success == Never {
  @available(*, unavailable, renamed: "sleep(for:)")
  public static func sleep(_ seconds: Double) throws { fatalError() }

  @available(*, unavailable, renamed: "sleep(for:)")
  public static func sleep(_ duration: Duration) throws { fatalError() }
}

@available(*, unavailable, message: "corolocal.local is GreenLocal")
public enum corolocal {
  @available(*, unavailable, renamed: "GreenLocal.init(_:)")
  public static func local<Value>(_ initial: Value) -> GreenLocal<Value> { fatalError() }

  @available(*, unavailable, message: "write GreenLocal(initialValue)")
  public static func local() -> GreenLocal<Any> { fatalError() }

  @available(*, unavailable, renamed: "getter:GreenThread.current.id()")
  public static func get_ident() -> UInt64 { fatalError() }
}
