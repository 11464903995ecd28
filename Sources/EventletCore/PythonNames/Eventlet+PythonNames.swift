// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// swift-format-ignore-file: TypeNamesShouldBeCapitalized

// Each Python spelling is declared as unavailable, so that the compiler tells whoever types one the
// name it has here, with a fix-it. The signatures are those that a reader of Eventlet's
// documentation would try, numbers of seconds included; the bodies are never called. All members
// are in extensions, which keeps them out of the classes' method tables.
//
// There are no doc comments: DocC leaves unavailable declarations out, and the compiler's message
// says it all.
//
// No free function may have its name from libc: even an unavailable one changes what a bare call
// means. A member may, such as `recv`: a call of libc's in an extension of its type then needs
// `Glibc.` in front.
//
// Tests/PythonNames has a line for each declaration, and scripts/python-names checks them.

// What the package is in Python: `import eventlet; eventlet.sleep(1)`. What is found under the bare
// name, renamed or not, has no attribute of its own, so that there is one message and not two.
@available(*, unavailable, message: "write the name without 'eventlet.'")
public enum eventlet {
  public typealias Event = EventletCore.Event
  public typealias Queue = EventletCore.Queue
  public typealias Semaphore = EventletCore.Semaphore
  public typealias BoundedSemaphore = EventletCore.BoundedSemaphore
  public typealias CappedSemaphore = EventletCore.CappedSemaphore
  public typealias Timeout = EventletCore.Timeout
  public typealias GreenPool = EventletCore.GreenPool
  public typealias GreenPile = EventletCore.GreenPile

  @discardableResult
  public static func spawn<each Argument, Result>(
    _ body: @escaping (repeat each Argument) throws -> Result, _ arguments: repeat each Argument
  ) -> GreenThread<Result> { fatalError() }

  @discardableResult
  public static func spawn_after<each Argument, Result>(
    _ seconds: Double, _ body: @escaping (repeat each Argument) throws -> Result,
    _ arguments: repeat each Argument
  ) -> GreenThread<Result> { fatalError() }

  public static func with_timeout<Result>(
    _ seconds: Double, _ body: () throws -> Result
  ) throws -> Result { fatalError() }

  public static func is_timeout(_ error: Any) -> Bool { fatalError() }

  @available(*, unavailable, renamed: "GreenThread.spawnDiscarding(_:)")
  @discardableResult
  public static func spawn_n<each Argument, Result>(
    _ body: @escaping (repeat each Argument) throws -> Result, _ arguments: repeat each Argument
  ) -> AnyGreenThread { fatalError() }

  @available(*, unavailable, renamed: "getter:GreenThread.current()")
  public static func getcurrent() -> AnyGreenThread { fatalError() }

  @available(*, unavailable, renamed: "GreenThread.yield()")
  public static func sleep() throws { fatalError() }

  @available(*, unavailable, renamed: "GreenThread.sleep(for:)")
  public static func sleep(_ seconds: Double) throws { fatalError() }

  @available(*, unavailable, renamed: "GreenThread.sleep(for:)")
  public static func sleep(_ duration: Duration) throws { fatalError() }

  @available(*, unavailable, renamed: "AnyGreenThread.kill(self:)")
  public static func kill(_ thread: AnyGreenThread) throws { fatalError() }

  @available(*, unavailable, renamed: "AnyGreenThread.kill(self:throwing:)")
  public static func kill(_ thread: AnyGreenThread, _ error: any Error) throws { fatalError() }
}
