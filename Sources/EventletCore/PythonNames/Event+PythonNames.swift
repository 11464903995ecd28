// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

extension Event {
  @available(*, unavailable, renamed: "send(throwing:)")
  public func send(exc error: any Error) { fatalError() }

  @available(*, unavailable, renamed: "send(throwing:)")
  public func send_exception(_ error: any Error) { fatalError() }

  @available(*, unavailable, renamed: "getter:isReady()")
  public func ready() -> Bool { fatalError() }

  @available(*, unavailable, renamed: "getter:hasResult()")
  public func has_result() -> Bool { fatalError() }

  @available(*, unavailable, renamed: "getter:hasError()")
  public func has_exception() -> Bool { fatalError() }

  @available(*, unavailable, message: "write poll() ?? notReady")
  public func poll(_ notReady: Value) throws -> Value { fatalError() }

  @available(*, unavailable, message: "use hasResult and poll()")
  public func poll_result() throws -> Value? { fatalError() }

  @available(*, unavailable, message: "use hasError and poll()")
  public func poll_exception() throws -> Value? { fatalError() }
}
