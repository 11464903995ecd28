// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

extension Timeout {
  @available(*, unavailable, renamed: "init(after:throwing:)")
  public convenience init(_ seconds: Double, _ error: (any Error)? = nil) { fatalError() }

  @available(*, unavailable, renamed: "init(after:throwing:)")
  public convenience init(_ duration: Duration?, _ error: (any Error)? = nil) { fatalError() }

  @available(*, unavailable, message: "use Timeout.silently(after:_:)")
  public convenience init(_ seconds: Double, _ exception: Bool) { fatalError() }

  @available(*, unavailable, renamed: "isPending")
  public var pending: Bool { fatalError() }

  @available(*, unavailable, renamed: "duration")
  public var seconds: Duration? { fatalError() }
}

@available(*, unavailable, renamed: "withTimeout(_:_:)")
public func with_timeout<Result>(
  _ seconds: Double, _ body: () throws -> Result
) throws -> Result { fatalError() }

@available(*, unavailable, renamed: "withTimeout(_:_:)")
public func with_timeout<Result>(
  _ duration: Duration?, _ body: () throws -> Result
) throws -> Result { fatalError() }

@available(*, unavailable, renamed: "withTimeout(_:default:_:)")
public func with_timeout<Result>(
  _ seconds: Double, timeout_value: @autoclosure () -> Result, _ body: () throws -> Result
) throws -> Result { fatalError() }

@available(*, unavailable, renamed: "withTimeout(_:default:_:)")
public func with_timeout<Result>(
  _ duration: Duration?, timeout_value: @autoclosure () -> Result, _ body: () throws -> Result
) throws -> Result { fatalError() }

@available(*, unavailable, message: "write error is any TimeoutError")
public func is_timeout(_ error: Any) -> Bool { fatalError() }

@available(*, unavailable, message: "conform the error to TimeoutError")
public func wrap_is_timeout<Wrapped>(_ base: Wrapped) -> Wrapped { fatalError() }
