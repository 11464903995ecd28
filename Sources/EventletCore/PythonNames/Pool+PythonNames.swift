// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

extension Pool {
  @available(*, unavailable, renamed: "init(minSize:maxSize:create:)")
  public convenience init(
    min_size: Int, max_size: Int, create: @escaping () throws -> Item
  ) throws { fatalError() }

  @available(*, unavailable, renamed: "init(maxSize:create:)")
  public convenience init(max_size: Int, create: @escaping () throws -> Item) throws {
    fatalError()
  }

  @available(*, unavailable, message: "use order: .lifo")
  public convenience init(
    min_size: Int = 0, max_size: Int = 4, order_as_stack: Bool, create: @escaping () throws -> Item
  ) throws { fatalError() }

  @available(*, unavailable, renamed: "withItem(_:)")
  public func item<Result>(_ body: (Item) throws -> Result) throws -> Result { fatalError() }

  @available(*, unavailable, renamed: "resize(to:)")
  public func resize(_ maxSize: Int) { fatalError() }

  @available(*, unavailable, renamed: "getter:freeCount()")
  public func free() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:waitingCount()")
  public func waiting() -> Int { fatalError() }

  @available(*, unavailable, renamed: "maxSize")
  public var max_size: Int { fatalError() }

  @available(*, unavailable, message: "use discard(_:) for an item that is not put back")
  public var current_size: Int {
    get { fatalError() }
    set { fatalError() }
  }
}

extension Pool where Item == PoolToken {
  @available(*, unavailable, renamed: "init(maxSize:)")
  public convenience init(max_size: Int) { fatalError() }
}
