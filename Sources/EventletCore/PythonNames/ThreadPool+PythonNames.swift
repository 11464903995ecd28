// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// swift-format-ignore-file: TypeNamesShouldBeCapitalized

@available(*, unavailable, message: "its functions are members of ThreadPool")
public enum tpool {
  public typealias Proxy = ThreadPool.Proxy

  @available(*, unavailable, renamed: "ThreadPool.execute(_:)")
  public static func execute<Result>(_ body: () throws -> Result) throws -> Result { fatalError() }

  @available(*, unavailable, message: "write ThreadPool.execute { function(arguments) }")
  public static func execute<Argument, each Other, Result>(
    _ body: (Argument, repeat each Other) throws -> Result, _ argument: Argument,
    _ others: repeat each Other
  ) throws -> Result { fatalError() }

  // No default for the argument: Swift 6.3.1 crashes on a setter's rename without one.
  @available(*, unavailable, renamed: "setter:ThreadPool.shared.size(_:)")
  public static func set_num_threads(_ number: Int) { fatalError() }

  @available(*, unavailable, renamed: "ThreadPool.shared.shutDown()")
  public static func killall() throws -> Bool { fatalError() }
}
