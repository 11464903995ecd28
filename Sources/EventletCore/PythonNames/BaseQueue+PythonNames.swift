// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

@available(*, unavailable, message: "catch QueueError.full")
public typealias Full = QueueError

@available(*, unavailable, message: "catch QueueError.empty")
public typealias Empty = QueueError

extension BaseQueue {
  @available(*, unavailable, renamed: "init(maxSize:)")
  public convenience init(_ maxSize: Int?) { fatalError() }

  @available(*, unavailable, renamed: "init(maxSize:)")
  public convenience init(maxsize: Int?) { fatalError() }

  @available(*, unavailable, renamed: "maxSize")
  public var maxsize: Int? { fatalError() }

  @available(*, unavailable, renamed: "getter:count()")
  public func qsize() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:isEmpty()")
  public func empty() -> Bool { fatalError() }

  @available(*, unavailable, renamed: "getter:isFull()")
  public func full() -> Bool { fatalError() }

  @available(*, unavailable, renamed: "getter:puttingCount()")
  public func putting() -> Int { fatalError() }

  @available(*, unavailable, renamed: "getter:gettingCount()")
  public func getting() -> Int { fatalError() }

  @available(*, unavailable, renamed: "putNoWait(_:)")
  public func put_nowait(_ item: Item) throws { fatalError() }

  @available(*, unavailable, renamed: "getNoWait()")
  public func get_nowait() throws -> Item { fatalError() }

  @available(*, unavailable, message: "use putNoWait(_:), or put(_:timeout:) to wait")
  public func put(_ item: Item, block: Bool, timeout: Duration? = nil) throws { fatalError() }

  @available(*, unavailable, message: "use getNoWait(), or get(timeout:) to wait")
  public func get(block: Bool, timeout: Duration? = nil) throws -> Item { fatalError() }

  @available(*, unavailable, renamed: "resize(to:)")
  public func resize(_ size: Int?) { fatalError() }
}

extension TaskQueue {
  @available(*, unavailable, renamed: "taskDone()")
  public func task_done() throws { fatalError() }

  @available(*, unavailable, renamed: "unfinishedCount")
  public var unfinished_tasks: Int { fatalError() }
}
