// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// swift-format-ignore-file: TypeNamesShouldBeCapitalized

@available(*, unavailable, message: "its functions are members of Hub")
public enum hubs {
  @available(*, unavailable, renamed: "getter:Hub.current()")
  public static func get_hub() -> Hub { fatalError() }

  @available(*, unavailable, renamed: "Hub.use(_:)")
  public static func use_hub(_ name: String) throws { fatalError() }

  @available(*, unavailable, renamed: "Hub.use(_:)")
  public static func use_hub(_ poller: Hub.PollerKind) throws { fatalError() }

  @available(*, unavailable, message: "use Hub.current.waitUntilReadable(_:timeout:)")
  public static func trampoline(
    _ descriptor: Int32, read: Bool, timeout: Duration? = nil
  ) throws { fatalError() }

  @available(*, unavailable, message: "use Hub.current.waitUntilWritable(_:timeout:)")
  public static func trampoline(
    _ descriptor: Int32, write: Bool, timeout: Duration? = nil
  ) throws { fatalError() }

  @available(*, unavailable, renamed: "Hub.current.notifyClose(_:)")
  public static func notify_close(_ descriptor: Int32) { fatalError() }

  @available(*, unavailable, renamed: "Hub.current.notifyOpened(_:)")
  public static func notify_opened(_ descriptor: Int32) { fatalError() }
}

// As after `from eventlet.hubs import …`.

@available(*, unavailable, renamed: "getter:Hub.current()")
public func get_hub() -> Hub { fatalError() }

@available(*, unavailable, renamed: "Hub.use(_:)")
public func use_hub(_ name: String) throws { fatalError() }

@available(*, unavailable, renamed: "Hub.use(_:)")
public func use_hub(_ poller: Hub.PollerKind) throws { fatalError() }

@available(*, unavailable, message: "use Hub.current.waitUntilReadable(_:timeout:)")
public func trampoline(_ descriptor: Int32, read: Bool, timeout: Duration? = nil) throws {
  fatalError()
}

@available(*, unavailable, message: "use Hub.current.waitUntilWritable(_:timeout:)")
public func trampoline(_ descriptor: Int32, write: Bool, timeout: Duration? = nil) throws {
  fatalError()
}

@available(*, unavailable, renamed: "Hub.current.notifyClose(_:)")
public func notify_close(_ descriptor: Int32) { fatalError() }

@available(*, unavailable, renamed: "Hub.current.notifyOpened(_:)")
public func notify_opened(_ descriptor: Int32) { fatalError() }

extension Hub {
  @available(*, unavailable, renamed: "schedule(after:_:)")
  @discardableResult
  public func schedule_call_global(
    _ seconds: Double, _ call: @escaping () throws -> Void
  ) -> HubTimer { fatalError() }

  @available(*, unavailable, renamed: "schedule(after:_:)")
  @discardableResult
  public func schedule_call_global(
    _ delay: Duration, _ call: @escaping () throws -> Void
  ) -> HubTimer { fatalError() }

  @available(*, unavailable, renamed: "scheduleLocal(after:_:)")
  @discardableResult
  public func schedule_call_local(
    _ seconds: Double, _ call: @escaping () throws -> Void
  ) -> HubTimer { fatalError() }

  @available(*, unavailable, renamed: "scheduleLocal(after:_:)")
  @discardableResult
  public func schedule_call_local(
    _ delay: Duration, _ call: @escaping () throws -> Void
  ) -> HubTimer { fatalError() }

  @available(*, unavailable, renamed: "getter:statistics.timers()")
  public func get_timers_count() -> Int { fatalError() }
}

extension HubTimer {
  @available(*, unavailable, renamed: "isPending")
  public var pending: Bool { fatalError() }
}

@available(*, unavailable, message: "its functions are members of Debug and Hub")
public enum debug {
  // No default for the argument: Swift 6.3.1 crashes on a setter's rename without one.
  @available(*, unavailable, renamed: "setter:Hub.current.preventsMultipleReaders(_:)")
  public static func hub_prevent_multiple_readers(_ state: Bool) { fatalError() }

  @available(*, unavailable, message: "set Hub.current.onUncaughtError")
  public static func hub_exceptions(_ state: Bool) { fatalError() }

  @available(*, unavailable, renamed: "Debug.formatHubListeners()")
  public static func format_hub_listeners() -> String { fatalError() }

  @available(*, unavailable, renamed: "Debug.formatHubTimers()")
  public static func format_hub_timers() -> String { fatalError() }

  @available(*, unavailable, message: "use Debug.formatHubListeners(stacks: true)")
  public static func hub_listener_stacks(_ state: Bool = false) { fatalError() }

  @available(*, unavailable, renamed: "setter:Hub.current.recordsTimerStacks(_:)")
  public static func hub_timer_stacks(_ state: Bool) { fatalError() }

  @available(*, unavailable, message: "use Debug.blockingDetection(after:) and its stop()")
  public static func hub_blocking_detection(_ state: Bool = false, _ resolution: Double = 1) {
    fatalError()
  }

  @available(*, unavailable, renamed: "Debug.spew()")
  public static func spew() { fatalError() }

  @available(*, unavailable, renamed: "Debug.unspew()")
  public static func unspew() { fatalError() }
}

// As after `from eventlet.debug import …`.
@available(*, unavailable, renamed: "setter:Hub.current.preventsMultipleReaders(_:)")
public func hub_prevent_multiple_readers(_ state: Bool) { fatalError() }
