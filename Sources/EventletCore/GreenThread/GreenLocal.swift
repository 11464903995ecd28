internal import Synchronization

/// A variable with a separate value in each green thread.
///
/// ```swift
/// let user = GreenLocal<String?>(nil)
/// user.value = "ada"       // seen by this green thread only
/// ```
///
/// Not `Sendable`: outside `main.swift` a global or static one is declared
/// `nonisolated(unsafe) static let`. That is safe, since each OS thread sees the
/// values of its own green threads alone, if making the initial value is.
///
/// A green thread that has not set it sees a fresh initial value, made once per
/// green thread on first use. Values go when their green thread ends. Nothing
/// is inherited by spawned green threads.
///
/// Async code runs on a green thread of its own from each suspension to the next, so it finds a
/// fresh initial value after every one, and what it sets is gone after the next. What it runs before
/// its first suspension in ``GreenThread/awaiting(_:)`` runs on the caller's green thread and sees
/// its values, unless it is isolated to an actor, as a closure in `main.swift` or in an `@main`
/// type's `main` is to the main actor. Use a `@TaskLocal` for what async code has to see: `spawn` and
/// `awaiting` hand it on.
///
/// In Python: `eventlet.corolocal.local`.
public final class GreenLocal<Value> {
  private final class Box {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private let initial: () -> Value
  /// Not the object's address: another variable may get that.
  private let key = GreenLocalKey.next()

  /// Creates a variable.
  /// - Parameter initial: Evaluated once in each green thread that uses the variable.
  public init(_ initial: @autoclosure @escaping () -> Value) { self.initial = initial }

  /// The running green thread's value.
  public var value: Value {
    get { box.value }
    set { box.value = newValue }
  }

  /// Forgets the running green thread's value: the next use starts anew.
  public func reset() { GreenThread.current.locals[key] = nil }

  /// Whether the running green thread has used the variable.
  public var isSet: Bool { GreenThread.current.locals[key] != nil }

  private var box: Box {
    let thread = GreenThread.current
    if let present = thread.locals[key] {
      return unsafeDowncast(present, to: Box.self)
    }
    let fresh = Box(initial())
    thread.locals[key] = fresh
    return fresh
  }
}

/// A number for each variable of the process.
enum GreenLocalKey {
  private static let last = Atomic<UInt64>(0)

  static func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}
