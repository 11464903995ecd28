// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// swift-format-ignore-file: TypeNamesShouldBeCapitalized

extension Lock {
  @available(*, unavailable, renamed: "getter:isLocked()")
  public func locked() -> Bool { fatalError() }

  @available(*, unavailable, message: "use acquireNoWait(), or acquire(timeout:) to wait")
  public func acquire(blocking: Bool, timeout: Duration? = nil) throws -> Bool { fatalError() }
}

extension RLock {
  @available(*, unavailable, message: "use acquireNoWait(), or acquire(timeout:) to wait")
  public func acquire(blocking: Bool, timeout: Duration? = nil) throws -> Bool { fatalError() }
}

extension Condition {
  @available(*, unavailable, renamed: "init(lock:)")
  public convenience init(_ lock: Lock) { fatalError() }

  @available(*, unavailable, renamed: "notifyAll()")
  public func notify_all() { fatalError() }

  @available(*, unavailable, renamed: "wait(until:)")
  public func wait_for(_ predicate: () throws -> Bool) throws -> Bool { fatalError() }
}

extension Barrier {
  @available(*, unavailable, renamed: "init(parties:)")
  public convenience init(_ parties: Int) { fatalError() }

  @available(*, unavailable, renamed: "waitingCount")
  public var n_waiting: Int { fatalError() }

  @available(*, unavailable, renamed: "isBroken")
  public var broken: Bool { fatalError() }
}

@available(*, unavailable, renamed: "BarrierError")
public typealias BrokenBarrierError = BarrierError

@available(*, unavailable, message: "its metaphore is WaitGroup")
public enum coros {
  @available(*, unavailable, renamed: "WaitGroup.init()")
  public static func metaphore() -> WaitGroup { fatalError() }
}

extension WaitGroup {
  @available(*, unavailable, renamed: "add(_:)")
  public func inc(by number: Int = 1) { fatalError() }

  @available(*, unavailable, renamed: "done(_:)")
  public func dec(by number: Int = 1) { fatalError() }
}
