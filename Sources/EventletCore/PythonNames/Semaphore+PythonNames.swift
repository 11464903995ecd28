// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

extension Semaphore {
  @available(*, unavailable, renamed: "init(value:)")
  public convenience init(_ value: Int) { fatalError() }

  @available(*, unavailable, renamed: "getter:isLocked()")
  public func locked() -> Bool { fatalError() }

  @available(*, unavailable, message: "use acquireNoWait(), or acquire(timeout:) to wait")
  public func acquire(blocking: Bool, timeout: Duration? = nil) throws -> Bool { fatalError() }
}

extension CappedSemaphore {
  @available(*, unavailable, renamed: "init(count:limit:)")
  public convenience init(_ count: Int, _ limit: Int) { fatalError() }

  @available(*, unavailable, renamed: "getter:isLocked()")
  public func locked() -> Bool { fatalError() }

  @available(*, unavailable, renamed: "getter:isBounded()")
  public func bounded() -> Bool { fatalError() }

  @available(*, unavailable, message: "use acquireNoWait(), or acquire(timeout:) to wait")
  public func acquire(blocking: Bool) throws -> Bool { fatalError() }

  @available(*, unavailable, message: "use releaseNoWait(), or release(timeout:) to wait")
  public func release(blocking: Bool) throws -> Bool { fatalError() }
}
