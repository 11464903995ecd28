extension GreenPool {
  /// Applies a function to all elements of a sequence, in green threads of the pool; the results come
  /// in the order of the elements.
  ///
  /// ```swift
  /// let lengths = pool.imap(urls) { try fetch($0).count }
  /// try lengths.forEach { print($0) }
  /// ```
  ///
  /// With several sequences the function gets one element of each, until the shortest ends:
  ///
  /// ```swift
  /// let lines = pool.imap(1..., names) { number, name in "\(number) \(try greet(name))" }
  /// ```
  ///
  /// Returns at once: see ``GreenMap`` for when what is read. It may be read on a green thread of its
  /// own. One of the pool may use it too: then ``GreenMap/next()`` reads the input, and runs what
  /// finds no slot, see ``GreenPool``.
  /// - Parameters:
  ///   - first: The input. What its iterator does must not wait; ``imap(from:file:line:applying:)``
  ///     takes an input that may.
  ///   - rest: More inputs.
  ///   - file: Where the green threads were spawned, for reports.
  ///   - line: Where the green threads were spawned, for reports.
  ///   - body: The function. An error it throws comes out of ``GreenMap/next()`` in its turn.
  /// - Returns: The results to come.
  ///
  /// In Python: `GreenPool.imap`.
  @inlinable
  public func imap<First: Sequence, each Rest: Sequence, Result>(
    _ first: First, _ rest: repeat each Rest, file: StaticString = #fileID, line: UInt = #line,
    applying body: @escaping (First.Element, repeat (each Rest).Element) throws -> Result
  ) -> GreenMap<Result> {
    GreenMap(
      pool: slots, isOrdered: true, file: file, line: line,
      reading: Self.reader(first, repeat each rest, applying: body))
  }

  /// Applies a function to what `source` returns until it returns nil, in green threads of the pool;
  /// the results come in the order of the input.
  ///
  /// ```swift
  /// let answers = pool.imap(from: { try questions.get() }) { try answer($0) }
  /// ```
  ///
  /// As ``imap(_:_:file:line:applying:)`` in all else. An error of `source` comes out of
  /// ``GreenMap/next()`` after the results before it, and ends the input.
  /// - Parameters:
  ///   - source: Called for one element after the other; may wait. ``GreenMap/next()`` of another map
  ///     will do.
  ///   - file: Where the green threads were spawned, for reports.
  ///   - line: Where the green threads were spawned, for reports.
  ///   - body: The function.
  /// - Returns: The results to come.
  @inlinable
  public func imap<Input, Result>(
    from source: @escaping () throws -> Input?, file: StaticString = #fileID, line: UInt = #line,
    applying body: @escaping (Input) throws -> Result
  ) -> GreenMap<Result> {
    GreenMap(
      pool: slots, isOrdered: true, file: file, line: line,
      reading: Self.reader(from: source, applying: body))
  }

  /// As ``imap(_:_:file:line:applying:)``, with the results in the order in which they are ready.
  ///
  /// One that takes long holds up no other.
  /// - Parameters:
  ///   - first: The input.
  ///   - rest: More inputs.
  ///   - file: Where the green threads were spawned, for reports.
  ///   - line: Where the green threads were spawned, for reports.
  ///   - body: The function.
  /// - Returns: The results to come.
  @inlinable
  public func imapUnordered<First: Sequence, each Rest: Sequence, Result>(
    _ first: First, _ rest: repeat each Rest, file: StaticString = #fileID, line: UInt = #line,
    applying body: @escaping (First.Element, repeat (each Rest).Element) throws -> Result
  ) -> GreenMap<Result> {
    GreenMap(
      pool: slots, isOrdered: false, file: file, line: line,
      reading: Self.reader(first, repeat each rest, applying: body))
  }

  /// As ``imap(from:file:line:applying:)``, with the results in the order in which they are ready.
  ///
  /// - Parameters:
  ///   - source: Called for one element after the other; may wait.
  ///   - file: Where the green threads were spawned, for reports.
  ///   - line: Where the green threads were spawned, for reports.
  ///   - body: The function.
  /// - Returns: The results to come.
  @inlinable
  public func imapUnordered<Input, Result>(
    from source: @escaping () throws -> Input?, file: StaticString = #fileID, line: UInt = #line,
    applying body: @escaping (Input) throws -> Result
  ) -> GreenMap<Result> {
    GreenMap(
      pool: slots, isOrdered: false, file: file, line: line,
      reading: Self.reader(from: source, applying: body))
  }

  /// Applies a function to tuples of arguments, in green threads of the pool; the results come in the
  /// order of the tuples.
  ///
  /// ```swift
  /// let sums = pool.starmap(zip(prices, amounts)) { price, amount in price * amount }
  /// ```
  ///
  /// As ``imap(_:_:file:line:applying:)`` in all else.
  /// - Parameters:
  ///   - tuples: The input. What its iterator does must not wait.
  ///   - file: Where the green threads were spawned, for reports.
  ///   - line: Where the green threads were spawned, for reports.
  ///   - body: The function.
  /// - Returns: The results to come.
  ///
  /// In Python: `GreenPool.starmap`.
  @inlinable
  public func starmap<Tuples: Sequence, each Argument, Result>(
    _ tuples: Tuples, file: StaticString = #fileID, line: UInt = #line,
    applying body: @escaping (repeat each Argument) throws -> Result
  ) -> GreenMap<Result> where Tuples.Element == (repeat each Argument) {
    let source = Self.source(tuples)
    return GreenMap(pool: slots, isOrdered: true, file: file, line: line) {
      guard let tuple = source() else { return nil }
      return { try body(repeat each tuple) }
    }
  }

  // MARK: Reading

  @inlinable
  static func reader<First: Sequence, each Rest: Sequence, Result>(
    _ first: First, _ rest: repeat each Rest,
    applying body: @escaping (First.Element, repeat (each Rest).Element) throws -> Result
  ) -> () throws -> (() throws -> Result)? {
    let firstSource = source(first)
    let sources = (repeat source(each rest))
    return {
      guard let first = firstSource() else { return nil }
      let arguments: (repeat (each Rest).Element)
      do { arguments = try (repeat required((each sources)())) } catch { return nil }
      return { try body(first, repeat each arguments) }
    }
  }

  @inlinable
  static func reader<Input, Result>(
    from source: @escaping () throws -> Input?, applying body: @escaping (Input) throws -> Result
  ) -> () throws -> (() throws -> Result)? {
    {
      guard let input = try source() else { return nil }
      return { try body(input) }
    }
  }

  /// The elements one by one; the sequence is not touched before the first is asked for.
  @inlinable
  static func source<Elements: Sequence>(_ elements: Elements) -> () -> Elements.Element? {
    var iterator: Elements.Iterator?
    return {
      if iterator == nil { iterator = elements.makeIterator() }
      return iterator?.next()
    }
  }

  /// A pack cannot be left half way but by an error.
  @inlinable
  static func required<Element>(_ element: Element?) throws(EndOfSequence) -> Element {
    guard let element else { throw EndOfSequence() }
    return element
  }
}

@usableFromInline
struct EndOfSequence: Error {
  @inlinable init() {}
}
