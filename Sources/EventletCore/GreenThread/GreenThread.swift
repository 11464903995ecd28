/// A green thread: a flow of execution with a stack of its own that costs a few
/// kilobytes, and the handle to its result.
///
/// ```swift
/// let answer = spawn { try fetch(url) }
/// print(try answer.wait())
/// ```
///
/// Runs until it calls something that waits; nothing else takes the processor
/// from it. Not `Sendable`: it belongs to the hub that it was spawned on.
///
/// In Python: `eventlet.GreenThread`.
public final class GreenThread<Success>: AnyGreenThread {
  @exclusivity(unchecked) @usableFromInline var body: (() throws -> Success)?

  @usableFromInline
  init(
    body: @escaping () throws -> Success, entry: @escaping (AnyGreenThread) -> Void,
    file: StaticString, line: UInt
  ) {
    self.body = body
    super.init(entry: entry, file: file, line: line)
  }

  @inlinable static var fitsSlot: Bool {
    MemoryLayout<Success>.size <= MemoryLayout<(UInt, UInt, UInt)>.size
      && MemoryLayout<Success>.alignment <= MemoryLayout<UInt>.alignment
  }

  /// Runs the body.
  ///
  /// Called on the green thread's own stack.
  @inlinable
  static func run(_ thread: AnyGreenThread) {
    let me = unsafeDowncast(thread, to: GreenThread<Success>.self)
    // Moved out rather than copied and cleared: two atomic operations fewer.
    var taken: (() throws -> Success)?
    swap(&me.body, &taken)
    guard let body = taken else { return }
    do { me.store(try body()) } catch { me.error = error }
  }

  @inlinable
  func store(_ value: Success) {
    if Self.fitsSlot {
      // SAFETY: the slot is large enough, and empty until now.
      withUnsafeMutableBytes(of: &slot) {
        _ = $0.baseAddress.unsafelyUnwrapped.initializeMemory(as: Success.self, to: value)
      }
    } else {
      let box = UnsafeMutablePointer<Success>.allocate(capacity: 1)
      box.initialize(to: value)
      slot.0 = UInt(bitPattern: box)
      isValueInBox = true
    }
    hasValueToDestroy = isValueInBox || !_isPOD(Success.self)
  }

  @inlinable
  func load() -> Success {
    // SAFETY: the state is `succeeded`, so `store` has filled the slot.
    if Self.fitsSlot {
      withUnsafeBytes(of: slot) {
        $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Success.self).pointee
      }
    } else {
      UnsafePointer<Success>(bitPattern: slot.0).unsafelyUnwrapped.pointee
    }
  }

  @usableFromInline
  override func destroyValue() {
    if isValueInBox {
      let box = UnsafeMutablePointer<Success>(bitPattern: slot.0).unsafelyUnwrapped
      box.deinitialize(count: 1)
      box.deallocate()
    } else {
      withUnsafeMutableBytes(of: &slot) {
        _ = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Success.self)
          .deinitialize(count: 1)
      }
    }
  }

  @usableFromInline override func releaseBody() { body = nil }

  /// Waits for the end and returns the body's result.
  ///
  /// May be called any number of times and by several green threads: all get the
  /// same result, or the same error. The order in which they resume is the order
  /// in which they began to wait.
  /// - Throws: the error that ended the body; ``GreenThreadExit`` if it was killed;
  ///   ``HubError/selfWait(_:)``. A kill or timeout of the caller leaves the
  ///   awaited green thread alone.
  ///
  /// In Python: `GreenThread.wait`.
  @inlinable
  public func wait() throws -> Success {
    if !isFinished { _ = try waitUntilFinished(timeout: nil) }
    return try outcome()
  }

  /// Waits for the end, at most `timeout`.
  /// - Parameter timeout: nil waits for ever; zero lets ready work run once.
  /// - Returns: the result, or nil when the time passed first.
  /// - Throws: as ``wait()``.
  @inlinable
  public func wait(timeout: Duration?) throws -> Success? {
    if !isFinished, try !waitUntilFinished(timeout: timeout) { return nil }
    return try outcome()
  }

  @inlinable
  func outcome() throws -> Success {
    if state == .succeeded { return load() }
    isErrorObserved = true
    throw error.unsafelyUnwrapped
  }
}
