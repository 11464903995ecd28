import Synchronization

/// A value that one OS thread sets and another reads later.
final class OnceSet<Value: Sendable>: Sendable {
  private let box = Mutex<Value?>(nil)

  func set(_ value: Value) { box.withLock { $0 = value } }

  var value: Value {
    guard let value = box.withLock({ $0 }) else { fatalError("not set") }
    return value
  }
}
