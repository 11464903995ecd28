/// The results of ``GreenPool/imap(_:_:file:line:applying:)`` and its relatives.
///
/// ```swift
/// let pages = pool.imap(urls) { try fetch($0) }
/// while let page = try pages.next() { print(page.title) }
/// ```
///
/// Nothing is read from the input before the first ``next()``. Then it is read as far ahead as the
/// pool is large: with a size of 10, at most ten results wait or are being made, and each that is
/// taken lets one more be started. So memory does not grow with the input.
///
/// When the last reference goes, no more of the input is read; what runs in the pool goes on to its
/// end. Not `Sendable`.
///
/// In Python: `greenpool.GreenMap`, `greenpool.GreenImap`.
public final class GreenMap<Element> {
  @usableFromInline let feed: MapFeed

  /// `read` reads the input once: what to run for it, or nil at its end.
  @inlinable
  init(
    pool: PoolSlots, isOrdered: Bool, file: StaticString, line: UInt,
    reading read: @escaping () throws -> (() throws -> Element)?
  ) {
    feed = MapFeed(pool: pool, isOrdered: isOrdered, file: file, line: line) {
      guard let body = try read() else { return nil }
      return GreenThread<Element>.make("", nil, file, line, body)
    }
  }

  deinit { feed.abandon() }

  /// Waits for the next result.
  ///
  /// - Returns: The result; nil at the end, and then for ever.
  /// - Throws: the error of the job whose turn it is, after which the next result follows; an error of
  ///   the input, after all results before it, and then nil; what a kill or timeout throws, and then
  ///   no result is lost; ``HubError/invalidArgument(_:)`` if the pool's size is 0.
  @inlinable
  public func next() throws -> Element? {
    guard let job = try feed.next() else { return nil }
    return try unsafeDowncast(job, to: GreenThread<Element>.self).outcome()
  }

  /// Calls `body` with each result.
  ///
  /// - Throws: as ``next()``; what `body` throws. What is left can be taken afterwards.
  @inlinable
  public func forEach(_ body: (Element) throws -> Void) throws {
    while let element = try next() { try body(element) }
  }

  /// Waits for all results.
  ///
  /// - Returns: The results.
  /// - Throws: as ``next()``. Results taken before the error are lost; take them by ``next()`` where
  ///   that matters.
  ///
  /// In Python: `list(pool.imap(…))`.
  @inlinable
  public func collect() throws -> [Element] {
    var elements: [Element] = []
    while let element = try next() { elements.append(element) }
    return elements
  }
}
